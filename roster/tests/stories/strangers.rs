//! S13: nobody without a certificate of ours is let in at any port of the five programs.

use std::path::Path;

use crate::pki::{Authority, Leaf};
use crate::shape::{MEMORIES, SERVICES, Shape};
use crate::stranger::{let_in, let_in_without_tls, strangers};

/// Replaces what `roster dev certificates` made by certificates of an authority whose key we have.
fn sign_anew(folder: &Path, ours: &Authority) {
    std::fs::write(folder.join("authority.pem"), ours.pem()).unwrap();
    for service in SERVICES {
        let (certificate, key) = ours.sign(&Leaf::of(service));
        std::fs::write(folder.join(service).join("certificate.pem"), certificate).unwrap();
        std::fs::write(folder.join(service).join("key.pem"), key).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s13_no_stranger_is_let_in_at_any_of_the_five_ports() {
    let (ours, other) = (Authority::new(), Authority::new());
    let mut shape = Shape::new(1).await;
    sign_anew(&shape.certificates(), &ours);
    let (certificate, key) = ours.sign(&Leaf::of("roster.example"));
    let [certificate, key] = [("public.pem", certificate), ("public-key.pem", key)].map(|(name, content)| {
        let file = shape.certificates().join(name);
        std::fs::write(&file, content).unwrap();
        file.display().to_string()
    });
    let public = ["--public-tls-certificate", &certificate, "--public-tls-key", &key];
    shape.revive_with("gateway", 0, &public);
    shape.revive_all();
    // The five believe each other, or the gateway would not be ready.
    shape.all_ready().await;

    let good = ours.sign(&Leaf::of("license"));
    for service in MEMORIES {
        let port = shape.address(service, 0);
        assert!(let_in(port, Some(&good)).await, "{service}: the good one");
        for (case, pair) in &strangers(&ours, &other) {
            assert!(!let_in(port, pair.as_ref()).await, "{service}: {case}");
        }
        assert!(!let_in_without_tls(port).await, "{service}: plaintext");
    }
    // The world has no certificates; with one of its own the door speaks TLS only.
    let door = shape.address("gateway", 0);
    assert!(let_in(door, None).await, "gateway: anybody");
    assert!(!let_in_without_tls(door).await, "gateway: plaintext");
    shape.stop().await;
}
