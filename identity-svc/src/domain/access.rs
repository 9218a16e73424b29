//! What the three boxes open: the truth table of Active, Admin and Portal Access (E3-E7, Q14, Q15).

use super::user::{Kind, State};

/// A system that asks whether it may let a user in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Ticketing: open to everybody who is active.
    Support,
    /// The portal: needs its own box.
    Portal,
    /// The store: open to whoever may look at what there is.
    Store,
}

/// What the user wants to do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Come in.
    SignIn,
    /// See customers, users and deployments.
    View,
    /// Change or create them.
    Edit,
    /// Buy, manage cards (E10).
    Purchase,
}

/// What of a user decides.
#[derive(Clone, Copy, Debug)]
pub struct Boxes {
    /// With or without login.
    pub kind: Kind,
    /// Active off beats everything.
    pub state: State,
    /// The Admin box: role Admin or Owner.
    pub admin: bool,
    /// The Portal Access box.
    pub portal_access: bool,
}

/// Why not. The text is part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Never signs in (G6).
    Loginless,
    /// Has not set a password yet.
    Pending,
    /// Active is off.
    Deactivated,
    /// Portal Access is off.
    PortalAccessOff,
    /// Admin is off.
    AdminOff,
}

impl Denial {
    /// As it travels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loginless => "USER_LOGINLESS",
            Self::Pending => "USER_PENDING",
            Self::Deactivated => "USER_DEACTIVATED",
            Self::PortalAccessOff => "PORTAL_ACCESS_OFF",
            Self::AdminOff => "ADMIN_OFF",
        }
    }
}

/// Whether a user with these boxes may do `action` through `application`: the door must be open and the
/// right be there. (Admin without Portal Access keeps its rights behind a closed portal door.)
///
/// # Errors
/// The first reason why not.
pub fn check(boxes: &Boxes, application: Application, action: Action) -> Result<(), Denial> {
    let sees = boxes.admin || boxes.portal_access;
    match (boxes.kind, boxes.state) {
        (Kind::Loginless, _) => return Err(Denial::Loginless),
        (_, State::Deactivated) => return Err(Denial::Deactivated),
        (_, State::Pending) => return Err(Denial::Pending),
        (Kind::Login, State::Active) => {}
    }
    let door_is_open = match application {
        Application::Support => true,
        Application::Portal => boxes.portal_access,
        Application::Store => sees,
    };
    if !door_is_open {
        return Err(Denial::PortalAccessOff);
    }
    match action {
        Action::SignIn => Ok(()),
        Action::View => sees.then_some(()).ok_or(Denial::PortalAccessOff),
        Action::Edit | Action::Purchase => boxes.admin.then_some(()).ok_or(Denial::AdminOff),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPPORT: Application = Application::Support;
    const PORTAL: Application = Application::Portal;
    const STORE: Application = Application::Store;

    fn allowed(state: State, admin: bool, portal_access: bool, door: Application, action: Action) -> bool {
        check(&Boxes { kind: Kind::Login, state, admin, portal_access }, door, action).is_ok()
    }

    #[test]
    fn q14_inactive_beats_every_combination() {
        for (admin, portal) in [(false, false), (false, true), (true, false), (true, true)] {
            for door in [SUPPORT, PORTAL, STORE] {
                for action in [Action::SignIn, Action::View, Action::Edit, Action::Purchase] {
                    assert!(!allowed(State::Deactivated, admin, portal, door, action));
                    assert!(!allowed(State::Pending, admin, portal, door, action));
                }
            }
        }
    }

    /// Columns of the table in requirements.md: support, portal login, view, edit, store login, purchase.
    #[test]
    fn e3_e4_e5_e6_e7_the_four_active_rows() {
        let rows = [
            (false, false, [true, false, false, false, false, false]),
            (false, true, [true, true, true, false, true, false]),
            (true, false, [true, false, true, true, true, true]),
            (true, true, [true, true, true, true, true, true]),
        ];
        for (admin, portal, expected) in rows {
            let may = |door, action| allowed(State::Active, admin, portal, door, action);
            let answers = [
                may(SUPPORT, Action::SignIn),
                may(PORTAL, Action::SignIn),
                may(SUPPORT, Action::View),
                may(SUPPORT, Action::Edit),
                may(STORE, Action::SignIn),
                may(STORE, Action::Purchase),
            ];
            assert_eq!(answers, expected, "admin {admin}, portal {portal}");
        }
    }

    #[test]
    fn e7_an_admin_without_portal_access_finds_the_portal_closed_for_everything() {
        for action in [Action::SignIn, Action::View, Action::Edit, Action::Purchase] {
            assert!(!allowed(State::Active, true, false, PORTAL, action));
        }
    }

    #[test]
    fn g6_a_loginless_user_enters_nowhere() {
        let boxes = Boxes { kind: Kind::Loginless, state: State::Active, admin: false, portal_access: false };
        assert_eq!(check(&boxes, SUPPORT, Action::SignIn), Err(Denial::Loginless));
    }
}
