//! What one gateway has written, every other reads at once (N15).

use futures::StreamExt as _;
use serde_json::json;

use crate::installation::Installation;
use crate::person::{self, Person};

const PEOPLE: u32 = 120;
const AT_ONCE: usize = 8;

impl Person {
    /// Makes somebody here and reads them there: by name, by address, in the list of seats on and off.
    async fn writes_and(&self, there: &Self, number: u32) {
        let email = format!("person.{number}@acme.example");
        let person = json!({"email": email, "givenName": "Ann", "familyName": "Example"});
        let made = self.http.post(&self.path("/users"), json!({"user": person})).await;
        assert_eq!(there.user(&email).await["name"], made["name"]);

        let name = made["name"].as_str().unwrap();
        let seat = format!("/pools/meet/seats/{}", name.rsplit('/').next().unwrap());
        self.http.post(&self.path(&format!("{seat}:assign")), json!({})).await;
        assert_eq!(there.products_of(name).await, json!(["meet"]), "{email}");
        assert_eq!(there.seats_of(&email).await, 1, "{email}");

        self.http.post(&self.path(&format!("{seat}:release")), json!({})).await;
        assert_eq!(there.seats_of(&email).await, 0, "{email}");

        let change = json!({"user": {"title": "Engineer"}, "updateMask": "title"});
        let headers = [("content-type", "application/json")];
        let changed =
            self.http.send("PATCH", &format!("/v1/{name}"), &headers, change.to_string().into_bytes()).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(there.http.get(&format!("/v1/{name}")).await["title"], "Engineer");
    }

    async fn seats_of(&self, email: &str) -> usize {
        let path = self.path(&format!("/pools/meet/seats?filter=held%20%3D%20true%20AND%20%22{email}%22"));
        self.http.get(&path).await["seats"].as_array().unwrap().len()
    }

    async fn products_of(&self, user: &str) -> serde_json::Value {
        let found = self.http.get(&self.path(&format!("/seats:batchGet?users={user}"))).await;
        found["userSeats"][0]["products"].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n15_what_one_gateway_wrote_every_other_reads_at_once() {
    let mut installation = Installation::five(2).await;
    let olivia = person::owner(&installation).await;
    olivia.buys(&installation, PEOPLE).await;
    let at = |number| Person {
        http: installation.shape().gateway(number).with(olivia.http.bearer()),
        organization: olivia.organization.clone(),
    };
    let doors = [at(0), at(1)];
    let people = (0..PEOPLE).map(|number| {
        let here = usize::from(number % 2 == 1);
        doors[here].writes_and(&doors[1 - here], number)
    });
    futures::stream::iter(people).buffer_unordered(AT_ONCE).collect::<()>().await;
    installation.stop().await;
}
