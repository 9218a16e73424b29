//! Path templates, precedence, percent escapes, 404 and 405.

use gateway::transcode::{Options, Transcoder};
use http_body::Body as _;
use http_body_util::BodyExt;
use serde_json::json;

use super::world::{POOL, Reply, World, request};

#[tokio::test]
async fn every_form_of_template_finds_its_method_and_fields() {
    let world = World::new();
    let table = [
        ("GET", "/v1/things/one", "GetThing", json!({"name": "things/one"})),
        ("GET", "/v1/boxes/b/things/one", "GetThing", json!({"name": "boxes/b/things/one"})),
        ("GET", "/v1/files", "GetThing", json!({})),
        ("GET", "/v1/files/a", "GetThing", json!({"name": "a"})),
        ("GET", "/v1/files/a/b/c", "GetThing", json!({"name": "a/b/c"})),
        ("GET", "/v1/numbers/-7", "GetThing", json!({"count": "-7"})),
        ("GET", "/v1/inners/i/of/x", "GetThing", json!({"inner": {"name": "inners/i"}, "name": "x"})),
        ("GET", "/v1/things", "ListThings", json!({})),
        ("GET", "/v1/things/special", "SpecialThing", json!({})),
        ("GET", "/v1/things/one:look", "WatchOne", json!({"name": "things/one"})),
        ("GET", "/v1/things/special:look", "WatchOne", json!({"name": "things/special"})),
        ("GET", "/v1/things/a:b:look", "WatchOne", json!({"name": "things/a:b"})),
        ("GET", "/v1/things/one:other", "GetThing", json!({"name": "things/one:other"})),
        ("GET", "/v1/things/one%3Alook", "GetThing", json!({"name": "things/one:look"})),
        ("DELETE", "/v1/things/one", "DeleteThing", json!({"name": "things/one"})),
        ("REPORT", "/v1/things/one", "ReportThing", json!({"name": "things/one"})),
        ("PURGE", "/v1/any/one", "ReportThing", json!({"name": "one"})),
        ("POST", "/v1/any/one", "ReportThing", json!({"name": "one"})),
        ("HEAD", "/v1/things/one", "GetThing", json!({"name": "things/one"})),
    ];
    for (http_method, uri, rpc, message) in table {
        let answer = world.call(http_method, uri, &[], "").await;
        assert_eq!(answer.status, 200, "{http_method} {uri}: {}", answer.text());
        assert_eq!(world.heard().method.name(), rpc, "{http_method} {uri}");
        assert_eq!(world.heard().json(), message, "{http_method} {uri}");
        assert_eq!(answer.body.is_empty(), http_method == "HEAD");
    }
}

#[tokio::test]
async fn head_never_tells_a_length_that_get_does_not_send() {
    let world = World::new();
    world.on("Watch", |_| Reply::steps(vec![]));
    world.on("SpecialThing", |_| Reply::message("lab.v1.Thing", json!({"etag": "\"v7\""})));
    let known = [("if-none-match", "\"v7\"")];
    for (uri, status) in [
        ("/v1/things/one", 200),
        ("/v1/things/one?count=x", 400),
        ("/v1/nowhere", 404),
        ("/v1/things/one:watch", 200),
        ("/v1/things/special", 304),
    ] {
        let sent = world.call("GET", uri, &known, "").await;
        let told = world.open(request("HEAD", uri, &known, "")).await;
        assert_eq!((sent.status.as_u16(), told.status()), (status, sent.status), "{uri}");
        assert_eq!(told.body().size_hint().exact(), None, "{uri}");
        assert!(told.into_body().collect().await.unwrap().to_bytes().is_empty(), "{uri}");
    }
}

#[tokio::test]
async fn escapes_are_decoded_but_a_slash_inside_a_name_of_many_segments_stays() {
    let world = World::new();
    let table = [
        ("/v1/things/a%20b%C3%A9", "things/a b\u{e9}"),
        ("/v1/things/a%2Fb", "things/a%2Fb"),
        ("/v1/things/a%2fb%25", "things/a%2fb%"),
        ("/v1/things/a+b", "things/a+b"),
    ];
    for (uri, name) in table {
        assert_eq!(world.get(uri).await.status, 200);
        assert_eq!(world.heard().json(), json!({"name": name}), "{uri}");
    }
    world.get("/v1/wrapped/a%2Fb").await;
    assert_eq!(world.heard().json(), json!({"name": "a/b"}));
    for uri in ["/v1/things/%", "/v1/things/%4", "/v1/things/%zz", "/v1/things/%ff"] {
        world.get(uri).await.blames("name");
    }
    world.get("/v1/numbers/many").await.blames("count");
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_known_one_405_with_allow() {
    let world = World::new();
    for uri in ["/", "/v1", "/v1/things/", "/v1/things//", "/v2/things", "/v1/things/one/more", "/v1//things"]
    {
        let answer = world.get(uri).await;
        assert_eq!(answer.status, 404, "{uri}");
        assert_eq!(answer.json()["error"]["status"], "NOT_FOUND");
        assert!(!world.transcoder.knows(uri));
    }
    let answer = world.call("PUT", "/v1/things/one", &[], "").await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), Some("DELETE, GET, HEAD, PATCH, REPORT"));
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "UNIMPLEMENTED");
    assert!(world.transcoder.knows("/v1/things/one"));
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_method_that_is_not_exposed_does_not_exist() {
    let world = World::with(|options| {
        options.exposed = std::sync::Arc::new(|method| method.name() != "Secret");
    });
    assert_eq!(world.get("/v1/secret").await.status, 404);
    assert!(world.transcoder.routes().all(|route| route.method.name() != "Secret"));
    assert_eq!(World::new().get("/v1/secret").await.status, 200);
}

#[tokio::test]
async fn a_method_without_annotation_has_a_route_only_when_asked_for() {
    assert_eq!(World::new().post("/lab.v1.Lab/Bare", "{}").await.status, 404);
    let world = World::with(|options| options.bind_unannotated = true);
    let answer = world.post("/lab.v1.Lab/Bare", r#"{"name":"x"}"#).await;
    assert_eq!(answer.json()["name"], "x");
}

#[tokio::test]
async fn a_service_nobody_serves_is_501() {
    let transcoder = Transcoder::new(POOL.clone(), Options::new(|_| None)).unwrap();
    let answer = transcoder.answer(super::world::request("GET", "/v1/things", &[], "")).await;
    assert_eq!(answer.status(), 501);
}

#[test]
fn a_pool_without_annotations_builds_a_table_without_routes() {
    let mut compiler = prost_reflect::DescriptorPool::new();
    compiler
        .add_file_descriptor_proto(prost_types::FileDescriptorProto {
            name: Some("plain.proto".to_owned()),
            syntax: Some("proto3".to_owned()),
            message_type: vec![prost_types::DescriptorProto {
                name: Some("M".to_owned()),
                ..Default::default()
            }],
            service: vec![prost_types::ServiceDescriptorProto {
                name: Some("S".to_owned()),
                method: vec![prost_types::MethodDescriptorProto {
                    name: Some("Do".to_owned()),
                    input_type: Some(".M".to_owned()),
                    output_type: Some(".M".to_owned()),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        })
        .unwrap();
    let transcoder = Transcoder::new(compiler, Options::new(|_| None)).unwrap();
    assert_eq!(transcoder.routes().count(), 0);
}

#[test]
fn a_rule_that_cannot_be_served_is_refused_at_the_start() {
    let table = [
        ("v1/things", "slash"),
        ("/v1/{name", "not closed"),
        ("/v1/{name=things/**/*}", "**"),
        ("/v1/**/{name}", "**"),
        ("/v1/**/**", "**"),
        ("/v1//things", "empty"),
        ("/v1/{nam}", "no field nam"),
        ("/v1/{tags}", "repeated"),
        ("/v1/{name}/{name}", "twice"),
        ("/v1/things:", "verb"),
        ("/v1/{1x}", "field path"),
        ("/v1/a*b", "segment"),
    ];
    for (template, problem) in table {
        let error = build(&[template]).unwrap_err().to_string();
        assert!(error.contains(problem), "{template}: {error}");
    }
    let error = build(&["/v1/{name}", "/v1/{etag}"]).unwrap_err().to_string();
    assert!(error.contains("already has this path"), "{error}");
    build(&["/v1/{name}", "/v1/{name=*}:verb", "/", "/v1/{name=**}", "/v1/**/more"]).unwrap();
}

fn build(templates: &[&str]) -> Result<Transcoder, gateway::transcode::BuildError> {
    let methods = templates.iter().enumerate().map(|(number, path)| {
        format!("rpc Do{number}(M) returns (M) {{ option (google.api.http) = {{ get: \"{path}\" }}; }}")
    });
    let source = format!(
        "syntax = \"proto3\"; package t; import \"http_rules.proto\";
         message M {{ string name = 1; repeated string tags = 2; string etag = 3; }}
         service S {{ {} }}",
        methods.collect::<String>()
    );
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
    let mut resolver = protox::file::ChainFileResolver::new();
    resolver.add(Memory(source));
    resolver.add(protox::file::IncludeFileResolver::new(folder.into()));
    resolver.add(protox::file::GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("t.proto").unwrap();
    let pool =
        prost_reflect::DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap();
    Transcoder::new(pool, Options::new(|_| None))
}

struct Memory(String);

impl protox::file::FileResolver for Memory {
    fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
        match name {
            "t.proto" => protox::file::File::from_source(name, &self.0),
            other => Err(protox::Error::file_not_found(other)),
        }
    }
}

#[tokio::test]
async fn literals_behind_any_number_of_segments_count_from_the_end() {
    let templates = [
        "/v1/{name=a/**/z}",
        "/v1/{name=**}/more",
        "/v1/{name=**}/even/more",
        "/v1/{name=**}",
        "/v1/{name=a/**}:verb",
        "/v1/{name=**}/more:verb",
    ];
    let transcoder = build(&templates).unwrap();
    let table = [
        ("/v1/a/z", 0),
        ("/v1/a/b/c/z", 0),
        ("/v1/more", 1),
        ("/v1/a/b/more", 1),
        ("/v1/even/more", 2),
        ("/v1/x/even/more", 2),
        ("/v1/x/more/even", 3),
        ("/v1/a/z/z:verb", 4),
        ("/v1/a:verb", 4),
        ("/v1/b/more:verb", 5),
        ("/v1/b/more:other", 3),
    ];
    for (path, number) in table {
        let response = transcoder.answer(super::world::request("GET", path, &[], "")).await;
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains(&format!("nobody serves t.S/Do{number}\"")), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_variable_takes_what_its_template_covers() {
    let world = World::new();
    world.get("/v1/deep/a/b/c/end").await;
    assert_eq!(world.heard().json(), json!({"name": "deep/a/b/c"}));
    world.get("/v1/deep/a%2Fb/end").await;
    assert_eq!(world.heard().json(), json!({"name": "deep/a%2Fb"}));
}
