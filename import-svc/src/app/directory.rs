//! identity-svc: who is there, and writing people in sets.

use platform::peer::Peer;
use proto::identity::v1::directory_service_client::DirectoryServiceClient;
use proto::identity::v1::upsert_users_response::Outcome;
use proto::identity::v1::{
    ImportableFields, MatchUsersRequest, UpsertUsersRequest, UpsertUsersResponse, upsert_users_request, user,
};
use proto::name;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::halt::Halt;
use crate::domain::fingerprint::FieldPrints;
use crate::domain::person::Person;

/// The users of one organization.
pub struct Directory {
    client: DirectoryServiceClient<Peer>,
    organization: Uuid,
}

/// Who is there, and the state of the directory.
#[derive(Debug, Default)]
pub struct Matches {
    /// Of each address asked for, in that order.
    pub users: Vec<Option<(Uuid, FieldPrints)>>,
    /// Raised by each write to a user of the organization.
    pub version: i64,
}

/// What the directory made of a person.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// The user.
    pub user: Uuid,
    /// Made or changed.
    pub outcome: Outcome,
    /// Switched off: gets no seat.
    pub is_deactivated: bool,
}

impl Written {
    /// Whether there was anything to write.
    pub fn is_write(self) -> bool {
        matches!(self.outcome, Outcome::Created | Outcome::Updated)
    }
}

impl Directory {
    /// The directory behind a peer.
    pub fn new(peer: Peer, organization: Uuid) -> Self {
        Self { client: DirectoryServiceClient::new(peer), organization }
    }

    /// Who of these is there; at most 5,000, which may be there twice.
    pub async fn find(&self, emails: Vec<String>) -> Result<Matches, Halt> {
        let mut users = vec![None; emails.len()];
        let request = MatchUsersRequest { parent: self.parent(), emails, prints: true };
        let answer = self.client.clone().match_users(request).await;
        let answer = answer.map_err(|status| Halt::of("identity", &status))?.into_inner();
        for found in answer.matches {
            let index = usize::try_from(found.index).unwrap_or(usize::MAX);
            // An identity-svc of the release before answers fields.
            let prints = match found.fields {
                Some(fields) => prints(&fields),
                None => FieldPrints(found.prints.try_into().map_err(|_| unclear())?),
            };
            *users.get_mut(index).ok_or_else(unclear)? = Some((self.user(&found.user)?, prints));
        }
        Ok(Matches { users, version: answer.directory_version })
    }

    /// Writes people, at most 2,500, all or none; answers for each in their order, and with the state of
    /// the directory. The same request id writes nothing again.
    pub async fn write(&self, people: &[&Person], request_id: String) -> Result<(Vec<Written>, i64), Halt> {
        let rows = people.iter().map(|person| upsert_users_request::Row {
            email: person.email.clone(),
            fields: Some(fields(person)),
        });
        let request = UpsertUsersRequest { parent: self.parent(), rows: rows.collect(), request_id };
        let answer = self.client.clone().upsert_users(request).await;
        let UpsertUsersResponse { results, directory_version } =
            answer.map_err(|status| Halt::of("identity", &status))?.into_inner();
        if results.len() != people.len() {
            return Err(unclear());
        }
        let written = results.into_iter().map(|result| {
            let is_deactivated = result.state() == user::State::Deactivated;
            Ok(Written { user: self.user(&result.user)?, outcome: result.outcome(), is_deactivated })
        });
        Ok((written.collect::<Result<_, Halt>>()?, directory_version))
    }

    fn parent(&self) -> String {
        name::Organization { organization: self.organization }.to_string()
    }

    fn user(&self, text: &str) -> Result<Uuid, Halt> {
        let name = name::User::parse(text, "user").map_err(|_| unclear())?;
        if name.organization == self.organization { Ok(name.user) } else { Err(unclear()) }
    }
}

/// identity-svc answered something that cannot be.
fn unclear() -> Halt {
    tracing::error!("identity answered something that does not fit the question");
    Halt::Never(Refusal::internal())
}

fn fields(person: &Person) -> ImportableFields {
    ImportableFields {
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        // The name as shown follows its parts, unless somebody chose it.
        display_name: None,
        title: person.title.clone(),
        office_phone: person.office_phone.clone(),
        mobile_phone: person.mobile_phone.clone(),
        fax: person.fax.clone(),
        language_code: person.language.clone(),
    }
}

fn prints(fields: &ImportableFields) -> FieldPrints {
    FieldPrints::of([
        fields.given_name.as_deref(),
        fields.family_name.as_deref(),
        fields.title.as_deref(),
        fields.office_phone.as_deref(),
        fields.mobile_phone.as_deref(),
        fields.fax.as_deref(),
        fields.language_code.as_deref(),
    ])
}
