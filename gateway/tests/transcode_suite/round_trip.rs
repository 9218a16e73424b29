//! Random messages, both ways, against an independent reader and writer.

use std::collections::HashMap;

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use super::world::{POOL, Reply, World};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_message_survives_both_ways(seed in any::<u64>()) {
        let everything = POOL.get_message_by_name("lab.v1.Everything").unwrap();
        let original = normal(&Dice(seed | 1).message(&everything, 3));
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(both_ways(original));
    }
}

/// The same without explicit defaults.
fn normal(message: &DynamicMessage) -> DynamicMessage {
    DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap()
}

/// Compares with `assert!`: printing a descriptor of a recursive type never ends.
async fn both_ways(original: DynamicMessage) {
    let world = World::new();
    let raw = original.encode_to_vec();
    world.on("EchoEverything", move |heard| match heard.raw[0].is_empty() {
        true => Reply::raw(raw.clone()),
        false => Reply::raw(heard.raw[0].clone()),
    });
    let shown = world.get("/v1/everything").await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let mut reader = serde_json::Deserializer::from_slice(&shown.body);
    let understood = normal(&DynamicMessage::deserialize(original.descriptor(), &mut reader).unwrap());
    assert!(understood == original, "an independent reader reads {}", shown.text());
    let written = serde_json::to_string(&original).unwrap();
    world.post("/v1/everything", &written).await;
    assert!(world.heard().messages[0] == original, "we read an independent writer's {written}");
    if !original.encode_to_vec().is_empty() {
        let again = world.post("/v1/everything", &shown.text()).await;
        assert!(world.heard().messages[0] == original, "we read our own {}", shown.text());
        assert_eq!(again.body, shown.body);
    }
}

use prost_reflect::ReflectMessage as _;

/// Random values of any type, always the same for a seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 8) % end
    }

    fn message(&mut self, of: &MessageDescriptor, depth: u64) -> DynamicMessage {
        if let Some(message) = self.well_known(of, depth) {
            return message;
        }
        let mut message = DynamicMessage::new(of.clone());
        for field in of.fields() {
            if self.below(3) > 0 || (depth == 0 && field.kind().as_message().is_some()) {
                continue;
            }
            let value = self.field(&field, depth);
            message.set_field(&field, value);
        }
        message
    }

    fn field(&mut self, field: &FieldDescriptor, depth: u64) -> Value {
        if field.is_map() {
            let entry = field.kind().as_message().unwrap().clone();
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            let count = self.below(3);
            let entries = (0..count).map(|_| (self.key(&key), self.value(&value, depth)));
            return Value::Map(entries.collect::<HashMap<_, _>>());
        }
        if field.is_list() {
            let count = self.below(4);
            return Value::List((0..count).map(|_| self.value(&field.kind(), depth)).collect());
        }
        self.value(&field.kind(), depth)
    }

    fn key(&mut self, kind: &Kind) -> MapKey {
        self.value(kind, 0).into_map_key().unwrap()
    }

    fn value(&mut self, kind: &Kind, depth: u64) -> Value {
        let number = self.next() >> self.below(64);
        let signed = (number as i64).wrapping_mul(if self.below(2) == 0 { 1 } else { -1 });
        match kind {
            Kind::Double => Value::F64(self.double()),
            Kind::Float => Value::F32(self.double() as f32),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(signed as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(signed),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(number as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(number),
            Kind::Bool => Value::Bool(number.is_multiple_of(2)),
            Kind::String => Value::String(self.text()),
            Kind::Bytes => Value::Bytes(Bytes::from(self.text())),
            Kind::Enum(values) if values.full_name() == "google.protobuf.NullValue" => Value::EnumNumber(0),
            Kind::Enum(_) => Value::EnumNumber(self.below(5) as i32),
            Kind::Message(of) => Value::Message(self.message(of, depth.saturating_sub(1))),
        }
    }

    fn double(&mut self) -> f64 {
        match self.below(8) {
            0 => f64::INFINITY,
            1 => f64::NEG_INFINITY,
            2 => self.below(1000) as f64,
            _ => Some(f64::from_bits(self.next())).filter(|number| number.is_finite()).unwrap_or(0.5),
        }
    }

    fn text(&mut self) -> String {
        let length = self.below(6);
        (0..length)
            .map(|_| ['a', '"', '\\', '\u{0}', '\u{7f}', 'é', '\u{2028}', '😀', '/'][self.below(9) as usize])
            .collect()
    }

    fn well_known(&mut self, of: &MessageDescriptor, depth: u64) -> Option<DynamicMessage> {
        let mut message = DynamicMessage::new(of.clone());
        let mut set = |name: &str, value: Value| message.set_field_by_name(name, value);
        match of.full_name() {
            "google.protobuf.Timestamp" => {
                set("seconds", Value::I64(self.below(315_537_897_599) as i64 - 62_135_596_800));
                set("nanos", Value::I32(self.nanos()));
            }
            "google.protobuf.Duration" => {
                let sign = if self.below(2) == 0 { 1 } else { -1 };
                let seconds = self.below(315_576_000_000) as i64 >> self.below(40);
                set("seconds", Value::I64(sign * seconds));
                set("nanos", Value::I32(sign as i32 * self.nanos()));
            }
            "google.protobuf.FieldMask" => {
                let paths = ["name", "inner.long_name", "a1.b_c"].into_iter().take(self.below(4) as usize);
                set("paths", Value::List(paths.map(|path| Value::String(path.to_owned())).collect()));
            }
            "google.protobuf.Value" => {
                let kinds = if depth == 0 { 4 } else { 6 };
                match self.below(kinds) {
                    0 => set("null_value", Value::EnumNumber(0)),
                    1 => set("number_value", Value::F64(self.below(100_000) as f64 / 8.0)),
                    2 => set("string_value", Value::String(self.text())),
                    3 => set("bool_value", Value::Bool(true)),
                    number => {
                        let field = of.get_field(number as u32 + 1).unwrap();
                        set(field.name(), self.value(&field.kind(), depth));
                    }
                }
            }
            "google.protobuf.Struct" | "google.protobuf.ListValue" => {
                let field = of.get_field(1).unwrap();
                if depth > 0 {
                    set(field.name(), self.field(&field, depth));
                }
            }
            // No maps inside: their order on the wire is free, and an Any compares bytes.
            "google.protobuf.Any" => {
                let names = [
                    "lab.v1.Inner",
                    "google.protobuf.Duration",
                    "google.protobuf.FieldMask",
                    "google.protobuf.Empty",
                ];
                let name = names[self.below(4) as usize];
                let inner = self.message(&POOL.get_message_by_name(name).unwrap(), depth.saturating_sub(1));
                set("type_url", Value::String(format!("type.googleapis.com/{name}")));
                set("value", Value::Bytes(inner.encode_to_vec().into()));
            }
            "google.protobuf.FloatValue" | "google.protobuf.DoubleValue" => {
                let value = self.value(&of.get_field(1).unwrap().kind(), 0);
                let finite = value.as_f64().or(value.as_f32().map(f64::from)).is_some_and(f64::is_finite);
                set(
                    "value",
                    if finite { value } else { Value::default_value(&of.get_field(1).unwrap().kind()) },
                );
            }
            _ => return None,
        }
        Some(message)
    }

    fn nanos(&mut self) -> i32 {
        let step = [1_000_000_000, 1_000_000, 1_000, 1][self.below(4) as usize];
        (self.below(1_000_000_000) / step * step) as i32
    }
}
