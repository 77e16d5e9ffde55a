-- Why: an order can be paid from the payer's own wallet, and is then asked about and refunded there; and whoever watches
-- sees how long policies that are paid for wait for the insurer.

ALTER TABLE orders ADD COLUMN method text NOT NULL DEFAULT 'JUSPAY' CHECK (method IN ('JUSPAY', 'WALLET'));
-- A wallet is not topped up from itself.
ALTER TABLE orders ADD CONSTRAINT order_is_no_circle CHECK (kind <> 'WALLET_TOPUP' OR method = 'JUSPAY');
GRANT INSERT (method) ON orders TO aarokya_app;

CREATE INDEX insurance_policies_issuing ON insurance_policies (paid_at) WHERE state = 'ISSUING';
