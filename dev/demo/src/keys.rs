//! The keys of the story. Their secrets are derived from the pepper, so that calls can be made with them later.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::change::Precondition;
use domain::ids::KeyId;
use domain::keys::{KeyFacts, KeyHasher, NewSecret, PlainKey, Scope};
use ledger::keys::changes;
use uuid::Uuid;

use crate::applications::{CHECKOUT_BOT, NIGHTLY_EVALS};
use crate::player::Player;

/// The key that is rotated, and how long its old secret still works.
pub(crate) const ROTATING: &str = "ci";
const GRACE_SECONDS: u32 = 3 * 3600;
pub(crate) const EXPIRING: &str = "hackathon";
pub(crate) const REVOKED: &str = "old gateway";

pub(crate) struct NewKey {
    pub name: &'static str,
    pub user_label: Option<&'static str>,
    pub scopes: &'static [Scope],
    pub models: Option<&'static [&'static str]>,
}

const fn chat(name: &'static str, user_label: Option<&'static str>) -> NewKey {
    NewKey { name, user_label, scopes: &[Scope::Chat], models: None }
}

/// With the two keys of the local stack they are eleven.
pub(crate) const KEYS: [NewKey; 9] = [
    NewKey { models: Some(&["gpt-4o*", "gpt-5*"]), ..chat("checkout-bot prod", Some(CHECKOUT_BOT)) },
    chat(NIGHTLY_EVALS, Some(NIGHTLY_EVALS)),
    chat("support prod", None),
    chat("search prod", None),
    chat("data pipeline", None),
    chat(ROTATING, None),
    NewKey { scopes: &[Scope::UsageRead], ..chat("finance reports", None) },
    chat(EXPIRING, None),
    chat(REVOKED, None),
];

/// The ids of the keys.
#[derive(Debug, Default)]
pub(crate) struct Keys(pub BTreeMap<&'static str, KeyId>);

impl Keys {
    pub(crate) fn id_of(&self, name: &str) -> anyhow::Result<Uuid> {
        self.0.get(name).map(|id| id.as_uuid()).with_context(|| format!("no key is named '{name}'"))
    }
}

/// The secret of a key; `generation` counts rotations.
pub(crate) fn secret(hasher: &KeyHasher, name: &str, generation: u8) -> PlainKey {
    PlainKey::derive(hasher, &[b"demo", name.as_bytes(), &[generation]])
}

/// The secret that works now.
pub(crate) fn current_secret(hasher: &KeyHasher, name: &str) -> PlainKey {
    secret(hasher, name, u8::from(name == ROTATING))
}

pub(crate) async fn create(player: &mut Player, new: &NewKey, at: DateTime<Utc>) -> anyhow::Result<()> {
    let key = secret(&player.hasher, new.name, 0);
    let facts = KeyFacts {
        name: new.name.to_owned(),
        user_label: new.user_label.map(str::to_owned),
        scopes: new.scopes.to_vec(),
        models: new.models.map(|globs| globs.iter().map(|glob| (*glob).to_owned()).collect()),
        expires_at: None,
    };
    let secret = NewSecret { key: &key, hash: player.hasher.hash(&key), request: None };
    let issued = changes::create(&player.database, &facts, &secret, &player.actor()).await?;
    let id = issued.key.id.as_uuid();
    let client = &player.client;
    client.execute("update api_keys set created_at = $2 where id = $1", &[&id, &at]).await?;
    client.execute("update api_key_secrets set created_at = $2 where key_id = $1", &[&id, &at]).await?;
    if new.name == EXPIRING {
        expire(player, id).await?;
    }
    player.keys.0.insert(new.name, issued.key.id);
    player.backdate(at).await
}

/// No request can create a key that has expired, so its expiry is moved.
async fn expire(player: &Player, id: Uuid) -> anyhow::Result<()> {
    let at = player.story.expiry();
    player.client.execute("update api_keys set expires_at = $2 where id = $1", &[&id, &at]).await?;
    let entry = "update audit_log
        set after = jsonb_set(after, '{expires_at}', to_jsonb($1::timestamptz))
        where id = (select max(id) from audit_log)";
    player.client.execute(entry, &[&at]).await?;
    Ok(())
}

pub(crate) async fn revoke(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let id = KeyId::from_uuid(player.keys.id_of(REVOKED)?);
    changes::revoke(&player.database, id, &Precondition::default(), &player.actor()).await?;
    let set = "update api_keys set revoked_at = $2 where id = $1";
    player.client.execute(set, &[&id.as_uuid(), &at]).await?;
    let entry = "update audit_log
        set after = jsonb_set(after, '{revoked_at}', to_jsonb($1::timestamptz))
        where id = (select max(id) from audit_log)";
    player.client.execute(entry, &[&at]).await?;
    player.backdate(at).await
}

/// Now: the grace period runs from the database's clock.
pub(crate) async fn rotate(player: &mut Player) -> anyhow::Result<()> {
    let id = KeyId::from_uuid(player.keys.id_of(ROTATING)?);
    let key = secret(&player.hasher, ROTATING, 1);
    let secret = NewSecret { key: &key, hash: player.hasher.hash(&key), request: None };
    let (any, by) = (Precondition::default(), player.actor());
    changes::rotate(&player.database, id, &secret, GRACE_SECONDS, &any, &by).await?;
    player.backdate(player.story.now).await
}

/// Keys are older than their first call, and were last used with their last.
pub(crate) async fn date_uses(player: &Player) -> anyhow::Result<()> {
    let older = player.story.start - TimeDelta::days(1);
    let set = "update api_keys k
        set
            created_at = least(k.created_at, $1),
            last_used_at = (select max(u.created_at) from usage_logs u where u.key_id = k.id)
        where k.revoked_at is null or k.last_used_at is null";
    player.client.execute(set, &[&older]).await?;
    Ok(())
}
