//! What the audit log shows of keys, limits, prices, fees, upstreams and model routes.

use domain::audit::AuditSubject;
use domain::keys::Key;
use domain::limits::Limit;
use domain::model_routes::ModelRouteRow;
use domain::prices::{FeeRow, PriceRow};
use domain::upstreams::UpstreamRow;
use serde_json::Value;

/// What has an audit entry for each of its changes.
pub(crate) trait Audited {
    const SUBJECT: AuditSubject;

    fn id(&self) -> String;
    /// The label whose administrators may read the entry.
    fn user_label(&self) -> Option<&str>;
    /// What the entry shows of it.
    fn state(&self) -> Value;
}

impl Audited for Key {
    const SUBJECT: AuditSubject = AuditSubject::Key;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        self.facts.user_label.as_deref()
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for Limit {
    const SUBJECT: AuditSubject = AuditSubject::Limit;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        self.user_label.as_deref()
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for PriceRow {
    const SUBJECT: AuditSubject = AuditSubject::Price;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        None
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for FeeRow {
    const SUBJECT: AuditSubject = AuditSubject::Fee;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        None
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for UpstreamRow {
    const SUBJECT: AuditSubject = AuditSubject::Upstream;

    fn id(&self) -> String {
        self.facts.name.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        None
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for ModelRouteRow {
    const SUBJECT: AuditSubject = AuditSubject::Route;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        None
    }

    fn state(&self) -> Value {
        self.audited()
    }
}
