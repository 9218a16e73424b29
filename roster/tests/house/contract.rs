//! What every method of the contract must say of itself.

use std::path::Path;

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use proto::refusal::Reason;

use crate::Offences;

const PUBLIC: i32 = 1;
const INTERNAL: i32 = 2;

/// The contract as it is compiled into the binary.
pub fn compiled() -> DescriptorPool {
    DescriptorPool::decode(proto::DESCRIPTORS).unwrap()
}

/// Methods without an audience, INTERNAL ones with an HTTP rule and PUBLIC ones without.
pub fn audiences(contract: &DescriptorPool) -> Offences {
    let methods = contract.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let ours = methods.filter(|method| method.full_name().starts_with("roster."));
    ours.filter_map(|method| {
        problem(contract, &method).map(|problem| format!("{}: {problem}", method.full_name()))
    })
    .collect()
}

/// Reasons that the page for partners does not name.
pub fn untold_reasons(root: &Path) -> Offences {
    let page = std::fs::read_to_string(root.join("docs/partners.md")).unwrap();
    let untold = Reason::ALL.iter().filter(|reason| !page.contains(&format!("`{}`", reason.as_str())));
    untold.map(|reason| format!("docs/partners.md: {} is not told", reason.as_str())).collect()
}

fn problem(contract: &DescriptorPool, method: &MethodDescriptor) -> Option<&'static str> {
    let options = method.options();
    let has_http = option(contract, &options, "google.api.http").is_some();
    let audience = option(contract, &options, "roster.audience");
    match audience.as_ref().and_then(Value::as_enum_number) {
        Some(PUBLIC) if !has_http => Some("PUBLIC without google.api.http"),
        Some(INTERNAL) if has_http => Some("INTERNAL with google.api.http"),
        Some(PUBLIC | INTERNAL) => None,
        _ => Some("no option (roster.audience)"),
    }
}

fn option(contract: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = contract.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}
