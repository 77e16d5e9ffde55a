//! Profiles: each column sealed by itself, so that a change touches the columns it names and no others.

use super::audit_trail::audit_values;
use crate::{
    Postgres,
    fault::{OrStoreError as _, inconsistent},
    queue::news_payload,
    vault::{Place, RowKey, WrappedKey},
};
use async_trait::async_trait;
use identity::{
    AadhaarTail, BirthDate, Email, Employer, Gender, KycStatus, Occupation, PersonName, Phone, PinId,
    PostalAddress, Profile, ProfilePatch, Told,
    ports::{ChangeError, ProfileChange, ProfileStore},
};
use kernel::{StoreError, UserId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;

/// The table's name, which sealed values are bound to.
pub(crate) const TABLE: &str = "user_profiles";

/// The columns its owner may change, in the order of [`sealed_changes`].
const COLUMNS: [&str; 8] =
    ["first_name", "last_name", "email", "dob", "gender", "address", "occupation", "employer"];

const FIND: &str = "\
SELECT u.phone, u.row_key AS user_key, u.row_key_version AS user_key_version, p.row_key, p.row_key_version,
       p.first_name, p.last_name, p.email, p.dob, p.gender, p.address, p.occupation, p.employer,
       p.aadhaar_last4, p.kyc_status
  FROM users u LEFT JOIN user_profiles p ON p.user_id = u.id
 WHERE u.id = $1 AND u.deactivated_at IS NULL";

/// Makes the row with its key before anything is sealed for it: of two first changes at once, both use the key
/// of the one that came first.
const OPEN_ROW: &str = "\
INSERT INTO user_profiles (user_id, row_key, row_key_version, created_at, updated_at)
SELECT id, $2, $3, $4, $4 FROM users WHERE id = $1 AND deactivated_at IS NULL
ON CONFLICT (user_id) DO NOTHING";

/// Changes the columns whose flag is set, with the audit entry and the news. `$1` person, `$2` time, `$3`–`$18`
/// flag and value of each of [`COLUMNS`], `$19`–`$26` the entry, `$27` the news, `$28` the PIN that must still
/// be the person's if the birth date changes.
const CHANGE: &str = "\
WITH changed AS (
    UPDATE user_profiles p
       SET first_name = CASE WHEN $3  THEN $4  ELSE p.first_name END,
           last_name  = CASE WHEN $5  THEN $6  ELSE p.last_name  END,
           email      = CASE WHEN $7  THEN $8  ELSE p.email      END,
           dob        = CASE WHEN $9  THEN $10 ELSE p.dob        END,
           gender     = CASE WHEN $11 THEN $12 ELSE p.gender     END,
           address    = CASE WHEN $13 THEN $14 ELSE p.address    END,
           occupation = CASE WHEN $15 THEN $16 ELSE p.occupation END,
           employer   = CASE WHEN $17 THEN $18 ELSE p.employer   END,
           updated_at = greatest(p.updated_at, $2)
      FROM users u
     WHERE p.user_id = $1 AND u.id = p.user_id AND u.deactivated_at IS NULL AND p.row_key IS NOT NULL
       AND CASE WHEN $9 THEN person_pin_is($1, $28) ELSE true END
    RETURNING u.phone, u.row_key AS user_key, u.row_key_version AS user_key_version, p.row_key,
              p.row_key_version, p.first_name, p.last_name, p.email, p.dob, p.gender, p.address, p.occupation,
              p.employer, p.aadhaar_last4, p.kyc_status
)
SELECT changed.*, audit_append($19, $20, $21, $22, $23, $24, $25, $26) AS place,
       queue_news($27::json) AS job
  FROM changed";

/// Profiles on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgProfileStore {
    postgres: Postgres,
}

#[derive(FromQueryResult)]
struct Row {
    phone: Vec<u8>,
    user_key: Option<Vec<u8>>,
    user_key_version: Option<i16>,
    row_key: Option<Vec<u8>>,
    row_key_version: Option<i16>,
    first_name: Option<Vec<u8>>,
    last_name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    dob: Option<Vec<u8>>,
    gender: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
    occupation: Option<Vec<u8>>,
    employer: Option<Vec<u8>>,
    aadhaar_last4: Option<Vec<u8>>,
    kyc_status: Option<String>,
}

impl PgProfileStore {
    pub(crate) const fn new(postgres: Postgres) -> Self {
        Self { postgres }
    }

    async fn row(&self, user_id: UserId) -> Result<Option<Row>, StoreError> {
        let values = [user_id.uuid().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, FIND, values);
        Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()
    }

    /// The key of a person's row, which is made if need be; `None` if there is no such person.
    async fn row_key(&self, user_id: UserId, at: OffsetDateTime) -> Result<Option<RowKey>, StoreError> {
        let Some(row) = self.row(user_id).await? else { return Ok(None) };
        if let Some(key) = self.open(place(user_id), row.row_key, row.row_key_version)? {
            return Ok(Some(key));
        }
        let (_, wrapped) = self.postgres.vault.new_row_key(place(user_id))?;
        let values: [Value; 4] =
            [user_id.uuid().into(), wrapped.bytes.into(), wrapped.version.into(), at.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, OPEN_ROW, values);
        self.postgres.db.execute_raw(statement).await.or_store_error()?;
        let Some(row) = self.row(user_id).await? else { return Ok(None) };
        self.open(place(user_id), row.row_key, row.row_key_version)
    }

    fn open(
        &self,
        place: Place,
        bytes: Option<Vec<u8>>,
        version: Option<i16>,
    ) -> Result<Option<RowKey>, StoreError> {
        let (Some(bytes), Some(version)) = (bytes, version) else { return Ok(None) };
        self.postgres.vault.open_row_key(place, &WrappedKey { version, bytes }).map(Some)
    }

    fn profile(&self, user_id: UserId, row: Row) -> Result<Profile, StoreError> {
        let users = Place { table: super::USERS, row: user_id.uuid() };
        let user_key = self
            .open(users, row.user_key, row.user_key_version)?
            .ok_or_else(|| inconsistent("a person with an open account has no key"))?;
        let phone = user_key.open_text("phone", Some(&row.phone))?;
        let phone = phone.and_then(|phone| Phone::parse_e164(&phone).ok());
        let phone = phone.ok_or_else(|| inconsistent("a person's number is not one"))?;
        let mut profile = Profile::empty(user_id, phone);
        let Some(key) = self.open(place(user_id), row.row_key, row.row_key_version)? else {
            return Ok(profile);
        };
        let open = |column, sealed: Option<Vec<u8>>| key.open_text(column, sealed.as_deref());
        profile.told = Told {
            first_name: open("first_name", row.first_name)?.map(PersonName::stored),
            last_name: open("last_name", row.last_name)?.map(PersonName::stored),
            email: open("email", row.email)?.map(Email::stored),
            dob: known(open("dob", row.dob)?, BirthDate::stored)?,
            gender: known(open("gender", row.gender)?, |word| Gender::parse(word).ok())?,
            address: open("address", row.address)?.map(PostalAddress::stored),
            occupation: known(open("occupation", row.occupation)?, |word| Occupation::parse(word).ok())?,
            employer: open("employer", row.employer)?.map(Employer::stored),
        };
        profile.aadhaar_last4 = known(open("aadhaar_last4", row.aadhaar_last4)?, AadhaarTail::parse)?;
        if let Some(status) = known(row.kyc_status, KycStatus::from_word)? {
            profile.kyc_status = status;
        }
        Ok(profile)
    }
}

fn place(user_id: UserId) -> Place {
    Place { table: TABLE, row: user_id.uuid() }
}

/// A value of a closed set or form, which a column that holds one must know.
fn known<T>(text: Option<String>, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    let refuse = || inconsistent("a profile holds something that is not of its column's form");
    text.map(|text| read(&text).ok_or_else(refuse)).transpose()
}

/// For each of [`COLUMNS`] whether it changes, and what it holds then, sealed.
fn sealed_changes(patch: &ProfilePatch, key: &RowKey) -> Result<Vec<Value>, StoreError> {
    let dob = patch.dob.named().map(|dob| dob.map(BirthDate::to_text));
    let texts: [Option<Option<&str>>; 8] = [
        patch.first_name.named().map(|name| name.map(PersonName::expose)),
        patch.last_name.named().map(|name| name.map(PersonName::expose)),
        patch.email.named().map(|email| email.map(Email::expose)),
        dob.as_ref().map(Option::as_deref),
        patch.gender.named().map(|gender| gender.map(|gender| gender.word())),
        patch.address.named().map(|address| address.map(PostalAddress::expose)),
        patch.occupation.named().map(|occupation| occupation.map(|occupation| occupation.word())),
        patch.employer.named().map(|employer| employer.map(Employer::expose)),
    ];
    let mut values = Vec::with_capacity(16);
    for (column, named) in COLUMNS.into_iter().zip(texts) {
        values.push(named.is_some().into());
        values.push(key.seal_text(column, named.flatten())?.into());
    }
    Ok(values)
}

#[async_trait]
impl ProfileStore for PgProfileStore {
    async fn find(&self, user_id: UserId) -> Result<Option<Profile>, StoreError> {
        self.row(user_id).await?.map(|row| self.profile(user_id, row)).transpose()
    }

    async fn record_change(&self, fact: &ProfileChange) -> Result<Option<Profile>, ChangeError> {
        let Some(key) = self.row_key(fact.user_id, fact.at).await? else { return Ok(None) };
        let mut values: Vec<Value> = vec![fact.user_id.uuid().into(), fact.at.into()];
        values.extend(sealed_changes(&fact.patch, &key)?);
        values.extend(audit_values(&fact.audit));
        values.push(news_payload(super::TOPIC, &fact.news)?.into());
        values.push(fact.seen_pin.map(PinId::uuid).into());
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, CHANGE, values);
        let row = Row::find_by_statement(statement).one(&self.postgres.db).await.or_store_error()?;
        self.postgres.ring();
        match row {
            Some(row) => Ok(Some(self.profile(fact.user_id, row)?)),
            None if fact.patch.dob.named().is_some() => Err(ChangeError::Stale),
            None => Ok(None),
        }
    }
}
