//! People who are there from the first start, so that lists are not empty.

use crate::app::App;
use identity::{Origin, Phone, ProfileFields, ProfilePatch, TriggerOtp, VerifyOtp};
use kernel::business_day;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// First name, last name, phone, birth date, gender, address, occupation, employer.
const PEOPLE: &[[&str; 8]] = &[
    [
        "Asha",
        "Devi",
        "9811100001",
        "1994-08-15",
        "female",
        "12, 4th Cross, Indiranagar, Bengaluru 560038",
        "delivery_partner",
        "QuickBite",
    ],
    [
        "Ravi",
        "Kumar",
        "9811100002",
        "1988-02-03",
        "male",
        "7, Nehru Street, T. Nagar, Chennai 600017",
        "driver",
        "CityCab",
    ],
    [
        "Meena",
        "Kumari",
        "9811100003",
        "1979-11-21",
        "female",
        "B-204, Sector 21, Noida 201301",
        "domestic_worker",
        "",
    ],
    [
        "Imran",
        "Shaikh",
        "9811100004",
        "1999-05-30",
        "male",
        "3, Mohammed Ali Road, Mumbai 400003",
        "delivery_partner",
        "FreshCart",
    ],
];

/// Signs each person in at the first start of a sandbox, and fills their profile.
pub(super) async fn people(app: &App) -> Result<(), Failure> {
    for [first_name, last_name, phone, dob, gender, address, occupation, employer] in PEOPLE {
        let phone = Phone::parse(phone)?;
        let origin = Origin::default();
        let asked = TriggerOtp { phone: phone.clone(), device_token: None, origin: origin.clone() };
        app.sign_ins.trigger(&asked).await?;
        let code = app.sign_ins.parse_code(crate::wire::SANDBOX_CODE)?;
        let given = VerifyOtp {
            phone,
            code,
            challenge_id: None,
            device: None,
            device_token: None,
            origin: origin.clone(),
        };
        let verified = app.sign_ins.verify(&given).await?;
        let given = |text: &str| Some(Some(text.to_owned()));
        let fields = ProfileFields {
            first_name: given(first_name),
            last_name: given(last_name),
            dob: given(dob),
            gender: given(gender),
            address: given(address),
            occupation: given(occupation),
            employer: given(employer),
            ..ProfileFields::default()
        };
        let patch = ProfilePatch::parse(&fields, business_day(app.env.now()))?;
        let wanted = identity::PatchProfile {
            user_id: verified.user_id,
            session_id: verified.session_id,
            patch,
            origin,
        };
        app.profiles.patch(&wanted).await?;
    }
    Ok(())
}
