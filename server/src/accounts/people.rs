//! The local accounts of people: login name, role, argon2id hash; in `accounts.ndjson`.
//!
//! A line holds the whole account; the last line of an account is the one that counts. Knows no
//! session and no HTTP. Passwords never leave this folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::lines::LineFile;
use super::{Account, AccountsError, password};
use crate::access::Role;

/// Who a person is at the organisation's provider of identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The provider.
    pub issuer: String,
    /// The person's name there, which never changes and is no e-mail address.
    pub subject: String,
}

/// One person's account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    /// The member of the staff.
    pub staff: Uuid,
    /// What is typed to log in; lower case, half width.
    pub login: String,
    /// What the person is called.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// argon2id, as a PHC string.
    pub(super) password: String,
    /// The password was given by somebody else and must be changed first.
    pub must_change: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<DateTime<Utc>>,
    /// The account of the organisation that logs in here too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

impl Person {
    /// As callers are known.
    pub fn account(&self) -> Account {
        Account {
            staff: self.staff,
            role: self.role,
            name: self.name.clone(),
        }
    }
}

/// Why an account could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// In words for the person who filled in the form.
    #[error("{0}")]
    Refused(&'static str),
    /// The file failed.
    #[error(transparent)]
    File(#[from] AccountsError),
}

/// The accounts of one data directory.
pub struct People {
    file: LineFile,
    known: RwLock<HashMap<Uuid, Person>>,
}

/// A login name as it is kept and compared.
pub fn login_key(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

impl People {
    /// The accounts of a data directory; none if there is no file yet.
    ///
    /// # Errors
    /// [`AccountsError`] naming the file and the line.
    pub fn open(data: &Path) -> Result<Self, AccountsError> {
        password::prepare();
        let file = LineFile::new(data.join("accounts.ndjson"));
        let (lines, _) = file.read::<Person>()?;
        let known = lines
            .into_iter()
            .map(|person| (person.staff, person))
            .collect();
        Ok(Self {
            file,
            known: RwLock::new(known),
        })
    }

    /// Whether nobody has an account that works.
    pub fn nobody(&self) -> bool {
        self.look(|known| known.values().all(|person| person.left_at.is_some()))
    }

    /// The account of a member of the staff, if it works.
    pub fn by_staff(&self, staff: Uuid) -> Option<Person> {
        self.look(|known| {
            known
                .get(&staff)
                .filter(|person| person.left_at.is_none())
                .cloned()
        })
    }

    /// The account that is linked to somebody at a provider, whether it works or not.
    pub fn by_link(&self, link: &Link) -> Option<Person> {
        self.look(|known| {
            let linked = known
                .values()
                .filter(|person| person.link.as_ref() == Some(link));
            // Of an account that was given up and one that was made later the latter counts.
            linked
                .max_by_key(|person| person.left_at.is_none())
                .cloned()
        })
    }

    /// All accounts, by login name.
    pub fn list(&self) -> Vec<Person> {
        let mut people: Vec<_> = self.look(|known| known.values().cloned().collect());
        people.sort_by(|one: &Person, other| one.login.cmp(&other.login));
        people
    }

    /// Who logs in with a name and a password; takes as long when the name is unknown.
    pub fn verified(&self, login: &str, password: &str) -> Option<Person> {
        let login = login_key(login);
        let person = self.look(|known| {
            let live = |person: &&Person| person.login == login && person.left_at.is_none();
            known.values().find(live).cloned()
        });
        let known = person.as_ref().map(|person| person.password.as_str());
        password::verify(known, password).then_some(person)?
    }

    /// Makes an account out of what a form says, without keeping it yet. Without a password one is
    /// invented, to be handed over; it must be changed at the first login.
    ///
    /// # Errors
    /// [`PersonError`]: login name taken or unusable, or weak password.
    pub fn draft(
        &self,
        account: &Account,
        login: &str,
        password: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(Person, Option<String>), PersonError> {
        let login = login_key(login);
        let usable = |letter: char| letter.is_alphanumeric() || ".-_@".contains(letter);
        if login.is_empty() || login.chars().count() > 64 || !login.chars().all(usable) {
            let why = "ログイン名は英数字と . - _ @ で64文字までにしてください。";
            return Err(PersonError::Refused(why));
        }
        if account.name.trim().is_empty() || account.name.chars().count() > 100 {
            return Err(PersonError::Refused(
                "氏名を100文字までで入力してください。",
            ));
        }
        let (secret, invented) = chosen(password, &login)?;
        let person = Person {
            staff: account.staff,
            login,
            name: account.name.trim().to_owned(),
            role: account.role,
            password: secret,
            must_change: invented.is_some(),
            created_at: now,
            left_at: None,
            link: None,
        };
        self.look(|known| free(known, &person))?;
        Ok((person, invented))
    }

    /// Keeps an account.
    ///
    /// # Errors
    /// [`PersonError`]: somebody else has taken the login name meanwhile, or the file failed.
    pub fn add(&self, person: Person) -> Result<(), PersonError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        free(&known, &person)?;
        self.file.append(&person)?;
        known.insert(person.staff, person);
        Ok(())
    }

    /// Sets a password: the person's own choice, or an invented one that must be changed.
    ///
    /// # Errors
    /// [`PersonError`]: no such account, weak password, or the file failed.
    pub fn set_password(
        &self,
        staff: Uuid,
        password: Option<&str>,
    ) -> Result<Option<String>, PersonError> {
        let person = self
            .by_staff(staff)
            .ok_or(PersonError::Refused("アカウントがありません。"))?;
        let (secret, invented) = chosen(password, &person.login)?;
        self.change(staff, |person| {
            person.password = secret;
            person.must_change = invented.is_some();
        })?;
        Ok(invented)
    }

    /// Takes over a new role.
    ///
    /// # Errors
    /// [`AccountsError`] when the file failed.
    pub fn set_role(&self, staff: Uuid, role: Role) -> Result<bool, AccountsError> {
        self.change(staff, |person| person.role = role)
    }

    /// Links an account to somebody at a provider, or unlinks it.
    ///
    /// # Errors
    /// [`PersonError`]: no such account, somebody else is linked there, or the file failed.
    pub fn link(&self, staff: Uuid, link: Option<Link>) -> Result<(), PersonError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let live = |person: &&Person| person.left_at.is_none();
        let Some(mut person) = known.get(&staff).filter(live).cloned() else {
            return Err(PersonError::Refused("アカウントがありません。"));
        };
        let other = |other: &Person| other.staff != staff && other.link == link;
        if link.is_some() && known.values().filter(live).any(other) {
            let why = "その組織アカウントは、別の職員に結び付いています。";
            return Err(PersonError::Refused(why));
        }
        person.link = link;
        self.file.append(&person)?;
        known.insert(staff, person);
        Ok(())
    }

    /// Revokes an account.
    ///
    /// # Errors
    /// [`AccountsError`] when the file failed.
    pub fn leave(&self, staff: Uuid, now: DateTime<Utc>) -> Result<bool, AccountsError> {
        self.change(staff, |person| person.left_at = Some(now))
    }

    /// Brings back an account that was revoked; false if there is none, it works, or somebody else
    /// has its login name by now. A link that somebody else has is not brought back.
    ///
    /// # Errors
    /// [`AccountsError`] when the file failed.
    pub fn revive(&self, staff: Uuid) -> Result<bool, AccountsError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let gone = known.get(&staff).filter(|person| person.left_at.is_some());
        let Some(mut person) = gone.cloned() else {
            return Ok(false);
        };
        if free(&known, &person).is_err() {
            return Ok(false);
        }
        let linked = known.values().filter(|other| other.left_at.is_none());
        if person.link.is_some()
            && linked
                .map(|other| &other.link)
                .any(|link| *link == person.link)
        {
            person.link = None;
        }
        person.left_at = None;
        self.file.append(&person)?;
        known.insert(staff, person);
        Ok(true)
    }

    fn change(&self, staff: Uuid, change: impl FnOnce(&mut Person)) -> Result<bool, AccountsError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let live = known.get(&staff).filter(|person| person.left_at.is_none());
        let Some(mut person) = live.cloned() else {
            return Ok(false);
        };
        change(&mut person);
        self.file.append(&person)?;
        known.insert(staff, person);
        Ok(true)
    }

    fn look<T>(&self, look: impl FnOnce(&HashMap<Uuid, Person>) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A login name and a member of the staff have one account at a time.
fn free(known: &HashMap<Uuid, Person>, person: &Person) -> Result<(), PersonError> {
    let taken = known.values().any(|other| {
        other.left_at.is_none() && (other.login == person.login || other.staff == person.staff)
    });
    if taken {
        let why = "そのログイン名または職員にはすでにアカウントがあります。";
        return Err(PersonError::Refused(why));
    }
    Ok(())
}

/// The hash of the chosen password, or of an invented one and that one.
fn chosen(password: Option<&str>, login: &str) -> Result<(String, Option<String>), PersonError> {
    let random = || PersonError::Refused("乱数を取得できませんでした。");
    let invented = match password {
        Some(text) => match password::weakness(text, login) {
            Some(why) => return Err(PersonError::Refused(why)),
            None => None,
        },
        None => Some(password::invent().ok_or_else(random)?),
    };
    let secret = password::hash(password.or(invented.as_deref()).unwrap_or_default());
    Ok((secret.ok_or_else(random)?, invented))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role) -> Account {
        Account {
            staff: Uuid::now_v7(),
            role,
            name: "架空 太郎".to_owned(),
        }
    }

    fn create(people: &People, account: &Account, login: &str) -> Result<String, PersonError> {
        let (person, invented) = people.draft(account, login, None, Utc::now())?;
        people.add(person).map(|()| invented.unwrap())
    }

    #[test]
    fn an_account_survives_a_restart_and_its_password_is_not_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let people = People::open(dir.path()).unwrap();
        assert!(people.nobody());
        let taro = account(Role::Advisor);
        let initial = create(&people, &taro, "Ｔａｒｏ").unwrap();
        let again = People::open(dir.path()).unwrap();
        let found = again.verified("taro ", &initial).unwrap();
        assert!(found.must_change && found.account() == taro);
        again
            .set_password(taro.staff, Some("hoshi-to-tsuki"))
            .unwrap();
        assert!(again.verified("taro", &initial).is_none());
        assert!(
            !again
                .verified("taro", "hoshi-to-tsuki")
                .unwrap()
                .must_change
        );
        let stored = std::fs::read_to_string(dir.path().join("accounts.ndjson")).unwrap();
        assert!(!stored.contains(&initial) && !stored.contains("hoshi-to-tsuki"));
    }

    #[test]
    fn a_login_name_belongs_to_one_person_until_they_leave() {
        let dir = tempfile::tempdir().unwrap();
        let people = People::open(dir.path()).unwrap();
        let (one, other) = (account(Role::Advisor), account(Role::Manager));
        create(&people, &one, "taro").unwrap();
        assert!(create(&people, &other, "TARO").is_err());
        assert!(people.leave(one.staff, Utc::now()).unwrap());
        assert!(people.by_staff(one.staff).is_none());
        create(&people, &other, "TARO").unwrap();
    }
}
