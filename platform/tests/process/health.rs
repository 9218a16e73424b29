use platform::serve::Health;

#[test]
fn a_process_is_ready_when_all_its_components_are() {
    let health = Health::default();
    let (database, relay) = (health.component("database"), health.component("relay"));
    assert!(!health.is_ready(), "starting");
    database.ready();
    relay.ready();
    assert!(health.is_ready());
    database.not_ready("the disk is full");
    assert!(!health.is_ready());
    assert_eq!(health.report(), "database: the disk is full\nrelay: ready\n");
    database.ready();
    assert!(health.is_ready());
}
