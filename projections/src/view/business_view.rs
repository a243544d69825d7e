//! How one business stands (contract section 4, `GET /v1/businesses/{uuid}`).

use banso_core::event::BusinessRegistered;
use banso_core::json::Object;
use banso_core::recorded::Recorded;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::effective::{Effective, effective};

/// How one business stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BusinessView {
    /// The uuid of `business/<uuid>`.
    pub business_id: Uuid,
    /// The profile as last changed; every field of the registration, null where nothing is known.
    #[serde(flatten)]
    pub profile: Object,
    /// When it was registered.
    pub registered_on: Option<NaiveDate>,
    /// `closed` or `suspended`, if it is.
    pub closed: Option<String>,
    /// The business it was merged into.
    pub merged_into: Option<Uuid>,
    /// Its personal data are erased.
    pub erased: bool,
    /// Consents given, each with its end if it has one.
    pub consents: Vec<Value>,
    /// Count of its entries.
    pub version: u64,
    /// Everything that happened to the business itself, by date.
    pub timeline: Vec<Effective>,
}

/// Folds the entries of one business, in order; none if there are none.
pub fn business_view(business_id: Uuid, entries: &[Recorded]) -> Option<BusinessView> {
    let version = entries.last()?.version;
    let events = effective(entries);
    let mut view = BusinessView {
        business_id,
        profile: empty_profile(),
        registered_on: None,
        closed: None,
        merged_into: None,
        erased: false,
        consents: Vec::new(),
        version,
        timeline: Vec::new(),
    };
    for event in events.iter().filter(|event| event.counts()) {
        view.apply(event);
    }
    if view.erased {
        for field in BusinessRegistered::TYPE
            .fields
            .iter()
            .filter(|field| field.personal)
        {
            view.profile.insert(field.name.to_owned(), Value::Null);
        }
    }
    view.timeline = events;
    view.timeline
        .sort_by_key(|event| (event.occurred_on, event.position));
    Some(view)
}

fn empty_profile() -> Object {
    let fields = BusinessRegistered::TYPE.fields.iter();
    fields
        .map(|field| (field.name.to_owned(), Value::Null))
        .collect()
}

impl BusinessView {
    fn apply(&mut self, event: &Effective) {
        match event.event_type.as_str() {
            "business.registered" => {
                self.registered_on = Some(event.occurred_on);
                self.profile.extend(event.data.clone());
            }
            "business.profile_changed" => self.profile.extend(event.data.clone()),
            "business.closed" => {
                self.closed = Some(event.text("kind").unwrap_or("closed").to_owned());
            }
            "business.reopened" => self.closed = None,
            "business.merged" => self.merged_into = event.uuid("into"),
            "business.unmerged" => self.merged_into = None,
            "business.erased" => self.erased = true,
            "business.consent_recorded" => {
                let scope = event.text("scope").unwrap_or_default();
                self.consents.retain(|consent| consent["scope"] != scope);
                self.consents
                    .push(json!({"scope": scope, "until": event.date("until"),
                    "recorded_on": event.occurred_on}));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(events: &[(&str, Value)]) -> BusinessView {
        let entry = |(at, (name, data)): (usize, &(&str, Value))| {
            let value = json!({"position": at, "version": at + 1, "id": Uuid::from_u128(at as u128),
                "type": name, "subject": "business/0195ee98-e830-7039-ab73-cf985800f986",
                "occurred_on": "2025-04-01", "data": data,
                "recorded_at": "2026-01-01T00:00:00.000Z", "recorded_by": "system"});
            serde_json::from_value(value).unwrap()
        };
        let entries: Vec<Recorded> = events.iter().enumerate().map(entry).collect();
        business_view(Uuid::nil(), &entries).unwrap()
    }

    fn registered() -> (&'static str, Value) {
        (
            "business.registered",
            json!({"kind": "corporation", "name": "架空商店", "area": "第一"}),
        )
    }

    #[test]
    fn the_last_change_of_a_field_holds() {
        let view = view(&[
            registered(),
            ("business.profile_changed", json!({"area": "第二"})),
        ]);
        assert_eq!(
            (&view.profile["area"], &view.profile["name"]),
            (&json!("第二"), &json!("架空商店"))
        );
        assert_eq!(view.profile["phone"], Value::Null);
    }

    #[test]
    fn an_unmerge_ends_the_merge() {
        let merge = ("business.merged", json!({"into": Uuid::from_u128(9)}));
        assert_eq!(
            view(&[registered(), merge.clone()]).merged_into,
            Some(Uuid::from_u128(9))
        );
        let unmerge = ("business.unmerged", json!({"reason": "別の事業者"}));
        assert_eq!(view(&[registered(), merge, unmerge]).merged_into, None);
    }

    #[test]
    fn an_erased_business_shows_no_personal_field() {
        let view = view(&[
            registered(),
            ("business.erased", json!({"reason": "本人の請求"})),
        ]);
        assert_eq!((&view.profile["name"], view.erased), (&Value::Null, true));
        assert_eq!(view.profile["area"], json!("第一"));
    }
}
