//! A profile as it is answered.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// What a person told us about themselves.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Profile {
    /// The person, as `/auth/otp/verify` answered.
    #[schemars(example = crate::spec::examples::USER_ID)]
    user_id: Uuid,
    /// The number they sign in with, in E.164.
    #[schemars(example = &"+919876543210", regex(pattern = r"^\+91[6-9][0-9]{9}$"))]
    phone: String,
    /// Whether both names are there.
    #[schemars(example = true)]
    profile_complete: bool,
    /// First name; `null` until told.
    #[schemars(example = &"Asha")]
    first_name: Option<String>,
    /// Last name; `null` until told.
    #[schemars(example = &"Devi")]
    last_name: Option<String>,
    /// E-mail address; `null` until told.
    #[schemars(example = &"asha@example.in", extend("format" = "email"))]
    email: Option<String>,
    /// Birth date, `YYYY-MM-DD`; `null` until told.
    #[schemars(example = &"1994-08-15", extend("format" = "date"))]
    dob: Option<String>,
    /// Gender; `null` until told.
    #[schemars(with = "Option<crate::spec::words::Gender>", example = &"female")]
    gender: Option<&'static str>,
    /// Postal address on one line; `null` until told.
    #[schemars(example = &"12, 4th Cross, Indiranagar, Bengaluru 560038")]
    address: Option<String>,
    /// Occupation; `null` until told.
    #[schemars(with = "Option<crate::spec::words::Occupation>", example = &"delivery_partner")]
    occupation: Option<&'static str>,
    /// Whom they work for, or through which platform; `null` until told.
    #[schemars(example = &"QuickBite")]
    employer: Option<String>,
    /// `XXXXXXXX` and the last four digits of the Aadhaar number; `null` until it is verified.
    #[schemars(example = (), example = &"XXXXXXXX1234", regex(pattern = r"^X{8}[0-9]{4}$"))]
    aadhaar_last4: Option<String>,
    /// Whether the identity was verified.
    #[schemars(with = "crate::spec::words::KycStatus", example = &"PENDING")]
    kyc_status: &'static str,
}

impl From<identity::Profile> for Profile {
    fn from(profile: identity::Profile) -> Self {
        let complete = profile.is_complete();
        let told = profile.told;
        Self {
            user_id: profile.user_id.uuid(),
            phone: profile.phone.e164().to_owned(),
            profile_complete: complete,
            first_name: told.first_name.map(|name| name.expose().to_owned()),
            last_name: told.last_name.map(|name| name.expose().to_owned()),
            email: told.email.map(|email| email.expose().to_owned()),
            dob: told.dob.map(|dob| dob.to_text()),
            gender: told.gender.map(identity::Gender::word),
            address: told.address.map(|address| address.expose().to_owned()),
            occupation: told.occupation.map(identity::Occupation::word),
            employer: told.employer.map(|employer| employer.expose().to_owned()),
            aadhaar_last4: profile.aadhaar_last4.map(|tail| tail.hinted()),
            kyc_status: profile.kyc_status.word(),
        }
    }
}
