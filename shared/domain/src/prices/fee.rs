//! Fees of built-in tools as administrators see them.

use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};

use crate::pricing::ToolFee;

crate::word_schemas!(FeeTool);

/// The built-in tools that requests and responses are read for. A fee of any other name would never apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum FeeTool {
    WebSearch,
    WebFetch,
    WebSearchPreview,
    ChatSearch,
    FileSearch,
    GoogleMaps,
    XSearch,
    CodeExecution,
    CodeInterpreter,
    #[strum(serialize = "code_interpreter_4g")]
    CodeInterpreter4g,
    #[strum(serialize = "code_interpreter_16g")]
    CodeInterpreter16g,
    #[strum(serialize = "code_interpreter_64g")]
    CodeInterpreter64g,
    Shell,
    ComputerUse,
    ImageGeneration,
    Mcp,
    ToolSearch,
    Guardrail,
    SystemTool,
    Other,
}

/// A dated row of the fee table.
#[derive(Debug, Clone)]
pub struct FeeRow {
    pub id: i64,
    pub fee: ToolFee,
}

impl FeeRow {
    pub fn audited(&self) -> Value {
        let fee = &self.fee;
        json!({
            "provider": fee.provider,
            "tool": fee.tool,
            "model": Some(&fee.model).filter(|model| !model.is_empty()),
            "effective_from": fee.effective_from,
            "cost_usd": fee.price,
            "max_cost_usd": fee.bound,
            "max_result_tokens": fee.result_tokens,
        })
    }
}

/// Why a change of fees was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeeRefusal {
    #[error("an identical fee exists")]
    Exists,
    #[error("it would take effect in the past")]
    InPast,
    #[error("it has taken effect")]
    InEffect,
}
