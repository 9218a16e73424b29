//! Tokens made by hand: none but the good ones is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use platform::caller::{Error, Verifier};
use platform::keys::Keys;
use platform::testing::TestClock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Forge {
    key: SigningKey,
    clock: TestClock,
    verifier: Verifier,
    _folder: tempfile::TempDir,
}

impl Forge {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let pem = std::fs::read_to_string(folder.path().join("token-signing")).unwrap();
        let clock = TestClock::new();
        let verifier = Verifier::new("license", keys, clock.clock());
        Self { key: SigningKey::from_pkcs8_pem(&pem).unwrap(), clock, verifier, _folder: folder }
    }

    fn now(&self) -> i64 {
        self.clock.clock().now().timestamp()
    }

    fn kid(&self) -> String {
        let digest = Sha256::digest(self.key.verifying_key().as_bytes());
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "roster-caller+jwt", "kid": self.kid()})
    }

    fn claims(&self) -> Value {
        let subject = "account:019a0000-0000-7000-8000-000000000001";
        json!({"iss": "identity", "aud": "roster", "iat": self.now(), "exp": self.now() + 60, "sub": subject})
    }

    fn service_header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "roster-service+jwt", "kid": self.kid()})
    }

    fn service_claims(&self) -> Value {
        json!({"iss": "gateway", "aud": "license", "iat": self.now(), "exp": self.now() + 60})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(&self.key, &header.to_string(), &claims.to_string())
    }

    /// The good caller token with one claim set, or taken away by null.
    fn claim(&self, name: &str, value: Value) -> String {
        self.sign(&self.header(), &with(self.claims(), name, value))
    }

    /// The good caller token with one header field set, or taken away by null.
    fn field(&self, name: &str, value: Value) -> String {
        self.sign(&with(self.header(), name, value), &self.claims())
    }

    fn good(&self) -> String {
        self.sign(&self.header(), &self.claims())
    }

    /// `header.claims` without a signature.
    fn unsigned(&self, header: &Value) -> String {
        format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(self.claims().to_string()))
    }
}

fn signed(key: &SigningKey, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = BASE64.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    let fields = object.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), value);
    }
    object
}

fn hmac(key: &[u8], message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

#[test]
fn the_good_tokens_are_believed() {
    let forge = Forge::new();
    forge.verifier.caller(&forge.good()).unwrap();
    let service = forge.sign(&forge.service_header(), &forge.service_claims());
    assert_eq!(forge.verifier.service(&service).unwrap().service, "gateway");
}

#[test]
fn no_forged_header_is_believed() {
    let forge = Forge::new();
    let public_pem = forge.key.verifying_key().to_public_key_pem(Default::default()).unwrap();
    let public = forge.key.verifying_key().to_bytes();
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(stranger.verifying_key().to_bytes())});
    let hs256 = forge.unsigned(&with(forge.header(), "alg", json!("HS256")));
    let none = forge.unsigned(&with(forge.header(), "alg", json!("none")));
    let with_jwk = with(forge.header(), "jwk", jwk);
    let cases = [
        ("alg none, no signature", format!("{none}."), Error::Malformed),
        ("alg none, old signature", forge.field("alg", json!("none")), Error::Malformed),
        ("alg None", forge.field("alg", json!("None")), Error::Malformed),
        ("HS256 keyed with the public key", format!("{hs256}.{}", hmac(&public, &hs256)), Error::Header),
        (
            "HS256 keyed with the PEM",
            format!("{hs256}.{}", hmac(public_pem.as_bytes(), &hs256)),
            Error::Header,
        ),
        ("alg ES256", forge.field("alg", json!("ES256")), Error::Header),
        ("alg RS256", forge.field("alg", json!("RS256")), Error::Header),
        ("alg absent", forge.field("alg", Value::Null), Error::Malformed),
        ("typ of the other kind", forge.field("typ", json!("roster-service+jwt")), Error::Header),
        ("typ JWT", forge.field("typ", json!("JWT")), Error::Header),
        ("typ in capitals", forge.field("typ", json!("ROSTER-CALLER+JWT")), Error::Header),
        ("typ absent", forge.field("typ", Value::Null), Error::Header),
        ("kid absent", forge.field("kid", Value::Null), Error::Header),
        ("kid unknown", forge.field("kid", json!("0011223344556677")), Error::UnknownKey),
        ("kid a path", forge.field("kid", json!("../../dev/null")), Error::UnknownKey),
        ("kid an injection", forge.field("kid", json!("' OR 1=1 --")), Error::UnknownKey),
        ("jku", forge.field("jku", json!("https://evil.example/keys")), Error::Header),
        ("x5u", forge.field("x5u", json!("https://evil.example/cert")), Error::Header),
        ("x5c", forge.field("x5c", json!(["AAAA"])), Error::Header),
        (
            "own key in jwk",
            signed(&stranger, &with_jwk.to_string(), &forge.claims().to_string()),
            Error::Header,
        ),
        ("crit", forge.field("crit", json!(["exp"])), Error::Header),
        ("b64 false", forge.field("b64", json!(false)), Error::Header),
        ("zip", forge.field("zip", json!("DEF")), Error::Header),
        ("cty JWT", forge.field("cty", json!("JWT")), Error::Header),
    ];
    check(&forge, cases);
}

#[test]
fn no_forged_claim_is_believed() {
    let forge = Forge::new();
    let now = forge.now();
    let cases = [
        ("issuer absent", forge.claim("iss", Value::Null), Error::Malformed),
        ("issuer another service", forge.claim("iss", json!("license")), Error::Party),
        ("issuer a list", forge.claim("iss", json!(["identity"])), Error::Malformed),
        ("audience one service", forge.claim("aud", json!("license")), Error::Party),
        ("audience a list", forge.claim("aud", json!(["roster"])), Error::Malformed),
        ("audience absent", forge.claim("aud", Value::Null), Error::Malformed),
        ("expired", with_times(&forge, now - 61, now - 1), Error::Time),
        ("expires this second", with_times(&forge, now - 60, now), Error::Time),
        ("from the future", with_times(&forge, now + 30, now + 90), Error::Time),
        ("lives an hour", with_times(&forge, now, now + 3600), Error::Time),
        ("expires before it begins", with_times(&forge, now + 5, now + 1), Error::Time),
        ("times overflow", with_times(&forge, i64::MIN, i64::MAX), Error::Time),
        ("expiry absent", forge.claim("exp", Value::Null), Error::Malformed),
        ("expiry a text", forge.claim("exp", json!("tomorrow")), Error::Malformed),
        ("expiry a fraction", forge.claim("exp", json!(1e300)), Error::Malformed),
        ("begin absent", forge.claim("iat", Value::Null), Error::Malformed),
        ("subject absent", forge.claim("sub", Value::Null), Error::Malformed),
        ("subject nobody knows", forge.claim("sub", json!("root")), Error::Malformed),
        ("subject one of our services", forge.claim("sub", json!("service:identity")), Error::OnBehalf),
        ("a permission beside", forge.claim("permissions", json!(["all"])), Error::Malformed),
    ];
    check(&forge, cases);
}

fn with_times(forge: &Forge, issued: i64, expires: i64) -> String {
    let claims = with(with(forge.claims(), "iat", json!(issued)), "exp", json!(expires));
    forge.sign(&forge.header(), &claims)
}

#[test]
fn no_damaged_token_is_believed() {
    let forge = Forge::new();
    let good = forge.good();
    let parts: Vec<&str> = good.split('.').collect();
    let other = BASE64.encode(with(forge.claims(), "sub", json!("service:license")).to_string());
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let twice = forge.claims().to_string().replacen('{', r#"{"aud":"roster","#, 1);
    let cases = [
        ("empty", String::new(), Error::Malformed),
        ("dots only", "..".to_owned(), Error::Malformed),
        ("no signature", format!("{}.{}", parts[0], parts[1]), Error::Malformed),
        ("empty signature", format!("{}.{}.", parts[0], parts[1]), Error::Signature),
        ("signature cut", good[..good.len() - 4].to_owned(), Error::Signature),
        ("claims exchanged", format!("{}.{other}.{}", parts[0], parts[2]), Error::Signature),
        ("a fourth part", format!("{good}.x"), Error::Malformed),
        ("padding added", format!("{good}=="), Error::Signature),
        ("a space before", format!(" {good}"), Error::Malformed),
        (
            "key of somebody else",
            signed(&stranger, &forge.header().to_string(), &forge.claims().to_string()),
            Error::Signature,
        ),
        ("a claim twice", signed(&forge.key, &forge.header().to_string(), &twice), Error::Malformed),
        ("claims no object", signed(&forge.key, &forge.header().to_string(), "[]"), Error::Malformed),
        ("claims no JSON", signed(&forge.key, &forge.header().to_string(), "roster"), Error::Malformed),
        ("too long", forge.claim("sub", json!("x".repeat(3000))), Error::Malformed),
    ];
    for (case, token, _) in &cases {
        assert!(forge.verifier.caller(token).is_err(), "{case}");
    }
}

#[test]
fn no_forged_service_token_is_believed() {
    let forge = Forge::new();
    let behalf = json!("account:019a0000-0000-7000-8000-000000000001");
    let service =
        |name, value| forge.sign(&forge.service_header(), &with(forge.service_claims(), name, value));
    let cases = [
        ("for another service", service("aud", json!("identity")), Error::Party),
        ("for every service", service("aud", json!("roster")), Error::Party),
        ("the gateway acts for somebody", service("sub", behalf), Error::OnBehalf),
        ("works for a service", service("sub", json!("service:identity")), Error::OnBehalf),
        ("expired", service("exp", json!(forge.now() - 1)), Error::Time),
        ("a caller token", forge.good(), Error::Header),
    ];
    for (case, token, expected) in cases {
        assert_eq!(forge.verifier.service(&token).unwrap_err(), expected, "{case}");
    }
}

#[test]
fn a_remembered_token_is_forgotten_in_time() {
    let forge = Forge::new();
    let good = forge.good();
    forge.verifier.caller(&good).unwrap();
    assert_eq!(forge.verifier.service(&good).unwrap_err(), Error::Header, "remembered as the other kind");
    forge.clock.advance(chrono::TimeDelta::seconds(59));
    forge.verifier.caller(&good).unwrap();
    forge.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(forge.verifier.caller(&good).unwrap_err(), Error::Time);
}

fn check<const N: usize>(forge: &Forge, cases: [(&str, String, Error); N]) {
    for (case, token, expected) in cases {
        assert_eq!(forge.verifier.caller(&token).unwrap_err(), expected, "{case}");
    }
}
