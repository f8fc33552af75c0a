//! Whose the objects are that a response shows: recorded before their ids are passed on.

use std::time::{Duration, Instant};

use domain::calls::ObjectOwner;
use ledger::{DbError, objects};
use upstream::wire::MadeObjects;

use super::admitted::AdmittedCall;
use super::deadline::database_deadline;
use super::settle::Retry;
use crate::state::ChatState;

/// How long a response waits for the database. Objects that could not be recorded have no owner: no caller can use them
/// through this service, not even their maker.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Records the objects of one response, each once.
pub(crate) struct ObjectKeeper {
    state: ChatState,
    owner: ObjectOwner,
    /// Whether the provider stores the response.
    stores: bool,
    deadline: Instant,
    kept: MadeCount,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct MadeCount {
    stored: usize,
    containers: usize,
    audio: usize,
}

impl AdmittedCall {
    /// The keeper of what the provider makes for this call.
    pub(crate) fn keeper(&self, stores: bool) -> ObjectKeeper {
        let owner = ObjectOwner {
            call_id: self.id(),
            key_id: self.key_id(),
            user_label: self.user_label().to_owned(),
            model: self.new.request.model.clone(),
            upstream: self.new.upstream.as_ref().map(|upstream| upstream.facts().name.to_string()),
        };
        self.keeper_for(owner, stores)
    }

    /// The keeper of objects that an earlier call made.
    pub(crate) fn keeper_for(&self, owner: ObjectOwner, stores: bool) -> ObjectKeeper {
        ObjectKeeper {
            state: self.state.clone(),
            owner,
            stores,
            deadline: database_deadline(self.deadline),
            kept: MadeCount::default(),
        }
    }
}

impl ObjectKeeper {
    /// Records those of a response's objects that are new since the last time.
    pub(crate) async fn keep(&mut self, made: &MadeObjects) {
        let count = MadeCount {
            stored: made.stored.len(),
            containers: made.containers.len(),
            audio: made.audio.len(),
        };
        if count == self.kept {
            return;
        }
        let stored = made.stored.iter().skip(self.kept.stored).filter(|_| self.stores);
        let containers = made.containers.iter().skip(self.kept.containers);
        let audio = made.audio.iter().skip(self.kept.audio);
        let ids: Vec<String> = stored.chain(containers).chain(audio).cloned().collect();
        let deadline = self.deadline.min(Instant::now() + LONGEST_WAIT);
        if !ids.is_empty()
            && let Err(error) = self.write(&ids, deadline).await
        {
            // Tried again with the next objects.
            tracing::error!(call_id = %self.owner.call_id, %error, "Recording the objects of a response failed.");
            return;
        }
        self.kept = count;
    }

    async fn write(&self, ids: &[String], deadline: Instant) -> Result<(), DbError> {
        let mut retry = Retry::until(deadline, self.owner.call_id);
        loop {
            let write = objects::keep(self.state.database(), ids, &self.owner);
            if let Some(result) = retry.attempt(write).await {
                return result;
            }
        }
    }
}
