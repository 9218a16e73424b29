use platform::caller::{Caller, Principal};
use platform::tenant::{self, Authorizer};
use proto::identity::v1::Permission;
use proto::refusal::Reason;
use uuid::Uuid;

use crate::fixture::{OURS, World};

const VIEW: Permission = Permission::UsersView;

#[tokio::test]
async fn a_tenant_is_made_by_asking() {
    let world = World::new();
    let caller = world.arrived(&world.account()).await;
    let authorizer = tenant::remote(&world.peers("license"));
    let tenant = tenant::require(&*authorizer, &caller, VIEW, OURS).await.unwrap();
    assert_eq!(tenant.organization(), OURS);
}

#[tokio::test]
async fn n11_a_hidden_organization_is_not_found_and_a_known_one_denied() {
    let world = World::new();
    let caller = world.arrived(&world.account()).await;
    let authorizer = tenant::remote(&world.peers("license"));
    for (organization, reason) in [(2, Reason::NotFound), (1, Reason::PermissionDenied)] {
        let refused = tenant::require(&*authorizer, &caller, VIEW, Uuid::from_u128(organization)).await;
        assert_eq!(refused.unwrap_err().reason, reason);
    }
}

#[tokio::test]
async fn nobody_is_refused_without_asking() {
    let world = World::new();
    let authorizer = tenant::remote(&world.peers("license"));
    let refused = tenant::require(&*authorizer, &Caller::anonymous(), VIEW, OURS).await.unwrap_err();
    assert_eq!(refused.reason, Reason::SessionMissing);
    assert_eq!(world.times_asked(), 0);
}

#[tokio::test]
async fn an_answer_is_kept_for_this_principal_permission_and_organization_only() {
    let world = World::new();
    let (one, two) = (world.arrived(&world.account()).await, world.arrived(&world.account()).await);
    let authorizer = tenant::remote(&world.peers("license"));
    let other = Some(Uuid::from_u128(1));
    for _ in 0..3 {
        authorizer.authorize(&one, VIEW, Some(OURS)).await.unwrap();
    }
    assert_eq!(world.times_asked(), 1);
    authorizer.authorize(&two, VIEW, Some(OURS)).await.unwrap();
    authorizer.authorize(&one, Permission::UsersEdit, Some(OURS)).await.unwrap();
    authorizer.authorize(&one, VIEW, other).await.unwrap();
    authorizer.authorize(&one, VIEW, None).await.unwrap();
    assert_eq!(world.times_asked(), 5);
}

#[tokio::test]
async fn b10_an_answer_is_asked_again_after_a_second() {
    let world = World::new();
    let caller = world.arrived(&world.account()).await;
    let authorizer = tenant::remote(&world.peers("license"));
    authorizer.authorize(&caller, VIEW, Some(OURS)).await.unwrap();
    // The age is real time: the point is that nobody waits longer than a second for a refusal.
    tokio::time::sleep(std::time::Duration::from_millis(1010)).await;
    authorizer.authorize(&caller, VIEW, Some(OURS)).await.unwrap();
    assert_eq!(world.times_asked(), 2);
}

#[tokio::test]
async fn without_identity_nobody_may() {
    let world = World::new();
    let caller = world.arrived(&world.account()).await;
    let (_late, peer) = platform::peer::late();
    let peers = platform::peer::Peers::new(world.process.signer("license")).with("identity", peer);
    let refused = tenant::require(&*tenant::remote(&peers), &caller, VIEW, OURS).await.unwrap_err();
    assert_eq!(refused.reason, Reason::DependencyUnavailable);
}

#[tokio::test]
async fn an_event_has_a_tenant_only_when_a_service_delivers_it() {
    let world = World::new();
    let token = world.process.signer("identity").service_token("license", None).unwrap();
    let delivered = world.caller_of("license", &[("roster-service", token.to_str().unwrap())]).await.unwrap();
    assert_eq!(delivered.principal(), &Principal::Service { name: "identity".to_owned() });
    assert_eq!(tenant::of_delivery(&delivered, OURS).unwrap().organization(), OURS);
    let account = world.arrived(&world.account()).await;
    for caller in [account, Caller::anonymous()] {
        assert_eq!(tenant::of_delivery(&caller, OURS).unwrap_err().reason, Reason::PermissionDenied);
    }
}
