//! How texts are written, as the document says it: for clients that check before they send. Each is as the domain
//! reads the text, which a test holds them to.

/// White space of any kind, as much as there is: what Unicode calls so.
macro_rules! white_space {
    () => {
        r"[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*"
    };
}

/// A text on one line, as identity reads names and addresses: white space around it is dropped, whatever it is; within
/// there are no controls and nothing that turns or hides what is beside it. The joiners stay, since Indian scripts are
/// spelt with them.
pub(crate) const LINE: &str = concat!(
    "^",
    white_space!(),
    r"[^\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]*",
    white_space!(),
    "$",
);

/// What a device calls itself: the same, but that only controls are refused.
pub(crate) const DEVICE: &str =
    concat!("^", white_space!(), r"[^\u0000-\u001F\u007F-\u009F]*", white_space!(), "$",);

/// A text of which nothing is left.
pub(crate) const BLANK: &str = concat!("^", white_space!(), "$");

/// Where a list goes on.
pub(crate) const CURSOR: &str = "^[0-9a-f]{32}$";

/// A day of the years that a statement can be about.
pub(crate) const STATEMENT_DAY: &str = "^([2-8][0-9]{3}|9000)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
