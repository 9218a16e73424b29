//! Messages to JSON, into one buffer.
//!
//! Fields without presence are written even when empty, so that `users` is
//! always a list and `total` always a number; unset messages, `optional`
//! fields and oneof members are left out. grpc-gateway writes the former too
//! and `null` for the latter. `Options::emit_defaults` turns it off.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value,
};

use super::super::violation::Violation;
use super::{any, time, well_known::Form};

/// Deeper than a decoder allows for one message; more needs an `Any` in an `Any`.
const MAX_DEPTH: usize = 120;

type Written = Result<(), Violation>;

/// Writes JSON.
#[derive(Debug)]
pub(in super::super) struct Writer<'p> {
    out: String,
    pool: &'p DescriptorPool,
    emit_defaults: bool,
    depth: usize,
}

impl<'p> Writer<'p> {
    /// An empty buffer; `pool` is where the types of `Any` are looked up.
    pub(in super::super) fn new(pool: &'p DescriptorPool, emit_defaults: bool) -> Self {
        Self { out: String::with_capacity(256), pool, emit_defaults, depth: 0 }
    }

    /// What was written.
    pub(in super::super) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Writes a whole message.
    pub(in super::super) fn message(&mut self, message: &DynamicMessage) -> Written {
        self.depth += 1;
        let written = match Form::of(&message.descriptor()) {
            Form::Fields => self.object(message),
            Form::Any => self.any(message),
            Form::Wrapper => self.inner(message, 1),
            Form::Struct | Form::List => self.inner(message, 1),
            Form::Value => self.dynamic_value(message),
            Form::FieldMask => self.field_mask(message),
            Form::Timestamp => self.moment(message, time::format_timestamp),
            Form::Duration => self.moment(message, time::format_duration),
        };
        self.depth -= 1;
        written
    }

    /// Writes the value of one field.
    pub(in super::super) fn field(&mut self, field: &FieldDescriptor, value: &Value) -> Written {
        match value {
            Value::List(items) => self.list(&field.kind(), items),
            Value::Map(entries) => self.map(&field.kind(), entries),
            value => self.value(&field.kind(), value),
        }
    }

    fn object(&mut self, message: &DynamicMessage) -> Written {
        self.out.push('{');
        self.entries(message, true)?;
        self.out.push('}');
        Ok(())
    }

    fn entries(&mut self, message: &DynamicMessage, mut first: bool) -> Written {
        for field in message.descriptor().fields() {
            let shown = message.has_field(&field) || (self.emit_defaults && !field.supports_presence());
            if !shown {
                continue;
            }
            self.name(field.json_name(), &mut first);
            let value = message.get_field(&field);
            self.field(&field, &value).map_err(|violation| violation.under(field.name()))?;
        }
        self.extensions(message, first)
    }

    /// Extensions of proto2 are named `[package.name]`.
    fn extensions(&mut self, message: &DynamicMessage, mut first: bool) -> Written {
        for (extension, value) in message.extensions() {
            self.name(extension.json_name(), &mut first);
            self.value(&extension.kind(), value)
                .map_err(|violation| violation.under(extension.json_name()))?;
        }
        Ok(())
    }

    fn name(&mut self, name: &str, first: &mut bool) {
        if !*first {
            self.out.push(',');
        }
        *first = false;
        self.text(name);
        self.out.push(':');
    }

    fn list(&mut self, kind: &Kind, items: &[Value]) -> Written {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.value(kind, item).map_err(|violation| violation.at(index))?;
        }
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self, kind: &Kind, entries: &std::collections::HashMap<MapKey, Value>) -> Written {
        let Some(value_kind) = kind.as_message().map(|entry| entry.map_entry_value_field().kind()) else {
            return Err(Violation::here("the map has no entry type"));
        };
        let mut entries: Vec<(String, &Value)> =
            entries.iter().map(|(key, value)| (key_text(key), value)).collect();
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        self.out.push('{');
        let mut first = true;
        for (key, value) in entries {
            self.name(&key, &mut first);
            self.value(&value_kind, value).map_err(|violation| violation.at(&key))?;
        }
        self.out.push('}');
        Ok(())
    }

    fn value(&mut self, kind: &Kind, value: &Value) -> Written {
        match value {
            Value::Bool(value) => self.plain(value),
            Value::I32(value) => self.plain(value),
            Value::U32(value) => self.plain(value),
            Value::I64(value) => self.quoted(value),
            Value::U64(value) => self.quoted(value),
            Value::F32(value) => self.float(f64::from(*value), value),
            Value::F64(value) => self.float(*value, value),
            Value::String(text) => self.text(text),
            Value::Bytes(content) => {
                self.out.push('"');
                STANDARD.encode_string(content, &mut self.out);
                self.out.push('"');
            }
            Value::EnumNumber(number) => self.enumeration(kind.as_enum(), *number),
            Value::Message(message) => return self.message(message),
            Value::List(items) => return self.list(kind, items),
            Value::Map(entries) => return self.map(kind, entries),
        }
        Ok(())
    }

    fn any(&mut self, message: &DynamicMessage) -> Written {
        let (type_url, content) = any::parts(message);
        if type_url.is_empty() && content.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.packed(&type_url, &content)
    }

    /// Writes an `Any` by its parts; a content that cannot be read is shown as base64.
    pub(in super::super) fn packed(&mut self, type_url: &str, content: &Bytes) -> Written {
        let opened = any::open(self.pool, type_url, content).filter(|_| self.depth < MAX_DEPTH);
        let Some(inner) = opened else {
            self.out.push_str(&any::base64_detail(type_url, content));
            return Ok(());
        };
        self.out.push_str("{\"@type\":");
        self.text(type_url);
        let of = inner.descriptor();
        if Form::of(&of) == Form::Fields && of.full_name() != "google.protobuf.Empty" {
            self.entries(&inner, false)?;
        } else {
            self.out.push_str(",\"value\":");
            self.message(&inner)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn inner(&mut self, message: &DynamicMessage, number: u32) -> Written {
        let Some(field) = message.descriptor().get_field(number) else {
            return Err(Violation::here(format!(
                "{} is not the standard type",
                message.descriptor().full_name()
            )));
        };
        self.field(&field, &message.get_field(&field))
    }

    fn dynamic_value(&mut self, message: &DynamicMessage) -> Written {
        let set = message.fields().next().map(|(field, value)| (field, value.clone()));
        match set {
            None | Some((_, Value::EnumNumber(_))) => self.out.push_str("null"),
            Some((_, Value::F64(number))) if !number.is_finite() => {
                return Err(Violation::here("a google.protobuf.Value cannot hold NaN or Infinity"));
            }
            Some((field, value)) => return self.field(&field, &value),
        }
        Ok(())
    }

    fn field_mask(&mut self, message: &DynamicMessage) -> Written {
        let paths = message.get_field_by_number(1);
        let paths = paths.as_ref().and_then(|value| value.as_list()).unwrap_or_default();
        let paths: Vec<&str> = paths.iter().filter_map(Value::as_str).collect();
        let text = time::format_field_mask(&paths).map_err(Violation::here)?;
        self.text(&text);
        Ok(())
    }

    fn moment(
        &mut self,
        message: &DynamicMessage,
        format: fn(i64, i32) -> Result<String, String>,
    ) -> Written {
        let seconds = message.get_field_by_number(1).and_then(|value| value.as_i64()).unwrap_or_default();
        let nanos = message.get_field_by_number(2).and_then(|value| value.as_i32()).unwrap_or_default();
        let text = format(seconds, nanos).map_err(Violation::here)?;
        self.text(&text);
        Ok(())
    }

    fn enumeration(&mut self, values: Option<&EnumDescriptor>, number: i32) {
        match values.map(|values| (values.full_name(), values.get_value(number))) {
            Some(("google.protobuf.NullValue", _)) => self.out.push_str("null"),
            Some((_, Some(value))) => self.text(value.name()),
            _ => self.plain(&number),
        }
    }

    fn float<T: serde::Serialize>(&mut self, wide: f64, value: &T) {
        if wide.is_nan() {
            return self.out.push_str("\"NaN\"");
        }
        if wide.is_infinite() {
            return self.out.push_str(if wide > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
        }
        self.out.push_str(&serde_json::to_string(value).unwrap_or_default());
    }

    fn plain(&mut self, value: &impl std::fmt::Display) {
        let _ = write!(self.out, "{value}");
    }

    fn quoted(&mut self, value: &impl std::fmt::Display) {
        let _ = write!(self.out, "\"{value}\"");
    }

    fn text(&mut self, text: &str) {
        let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f;
        if text.bytes().all(plain) {
            let _ = write!(self.out, "\"{text}\"");
            return;
        }
        self.out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
