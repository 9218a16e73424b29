//! The list itself: reason, gRPC code, wire text.

use tonic::Code;

macro_rules! reasons {
    ($(#[doc = $doc:literal] $variant:ident = $wire:literal, $code:ident;)*) => {
        /// Why a request is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $(#[doc = $doc] $variant,)* }

        impl Reason {
            /// All of them, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it travels in ErrorInfo.reason (UPPER_SNAKE_CASE, AIP-193).
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }

            /// What it means, as a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)* }
            }

            /// The gRPC code it travels with.
            pub fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            /// The reason with this wire text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

reasons! {
    /// One or more fields are bad; BadRequest names all of them.
    FieldViolations = "FIELD_VIOLATIONS", InvalidArgument;
    /// The filter does not parse or names an unknown field; metadata has the position.
    BadFilter = "BAD_FILTER", InvalidArgument;
    /// Unknown order.
    BadOrderBy = "BAD_ORDER_BY", InvalidArgument;
    /// Not a token of ours, or too old.
    BadPageToken = "BAD_PAGE_TOKEN", InvalidArgument;
    /// A token of another query.
    PageTokenMismatch = "PAGE_TOKEN_MISMATCH", InvalidArgument;
    /// A path that cannot be updated.
    BadFieldMask = "BAD_FIELD_MASK", InvalidArgument;
    /// The same key was used with another body.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", InvalidArgument;
    /// The same request is at work right now.
    RequestInProgress = "REQUEST_IN_PROGRESS", Aborted;
    /// Somebody changed it in between; metadata has the current etag.
    EtagMismatch = "ETAG_MISMATCH", Aborted;
    /// The organization changed so that a row means something else now (N1).
    PlanStale = "PLAN_STALE", Aborted;
    /// In the same organization; elsewhere the invitation path is taken (Q13).
    EmailInUse = "EMAIL_IN_USE", AlreadyExists;
    /// The address proved by a purchase link has a password already.
    AccountExists = "ACCOUNT_EXISTS", AlreadyExists;
    /// The shop recorded this order number with other contents.
    OrderDiffers = "ORDER_DIFFERS", AlreadyExists;
    /// Not enough free seats; nothing was written.
    InsufficientSeats = "INSUFFICIENT_SEATS", FailedPrecondition;
    /// The pool has more seats held than purchased and takes no new one.
    PoolOverAllocated = "POOL_OVER_ALLOCATED", FailedPrecondition;
    /// The user is deactivated.
    UserDeactivated = "USER_DEACTIVATED", FailedPrecondition;
    /// A login-less user.
    UserHasNoEmail = "USER_HAS_NO_EMAIL", FailedPrecondition;
    /// An organization keeps at least one active Owner (Q24).
    LastOwner = "LAST_OWNER", FailedPrecondition;
    /// Rows are in error and accept_mode is ALL_OR_NOTHING.
    ImportHasErrors = "IMPORT_HAS_ERRORS", FailedPrecondition;
    /// The import is in a state that does not allow this.
    ImportNotReady = "IMPORT_NOT_READY", FailedPrecondition;
    /// The purchase is mapped (A8).
    PurchaseAlreadyMapped = "PURCHASE_ALREADY_MAPPED", FailedPrecondition;
    /// The purchase is not paid.
    PurchaseNotPaid = "PURCHASE_NOT_PAID", FailedPrecondition;
    /// The link's time is over; metadata has the date.
    LinkExpired = "LINK_EXPIRED", FailedPrecondition;
    /// The link was used.
    LinkUsed = "LINK_USED", FailedPrecondition;
    /// Another link was accepted, or the invitation was taken back.
    LinkRevoked = "LINK_REVOKED", FailedPrecondition;
    /// No such link.
    LinkUnknown = "LINK_UNKNOWN", NotFound;
    /// It does not exist; told only to callers with rights on the parent.
    NotFound = "NOT_FOUND", NotFound;
    /// The caller may not.
    PermissionDenied = "PERMISSION_DENIED", PermissionDenied;
    /// The role is above the caller's own, or never granted (Q1).
    RoleNotAllowed = "ROLE_NOT_ALLOWED", PermissionDenied;
    /// No credential was sent.
    SessionMissing = "SESSION_MISSING", Unauthenticated;
    /// The credential is not valid, or not valid any more.
    SessionExpired = "SESSION_EXPIRED", Unauthenticated;
    /// One answer for all causes of a failed sign-in.
    SignInFailed = "SIGN_IN_FAILED", Unauthenticated;
    /// Too many tries.
    RateLimited = "RATE_LIMITED", ResourceExhausted;
    /// A mail went to this person a moment ago.
    SendCooldown = "SEND_COOLDOWN", ResourceExhausted;
    /// The file is over a limit; metadata has the limit.
    TooLarge = "TOO_LARGE", ResourceExhausted;
    /// A service or database is not there.
    DependencyUnavailable = "DEPENDENCY_UNAVAILABLE", Unavailable;
    /// Too many requests at once; RetryInfo says when to come back.
    Overloaded = "OVERLOADED", Unavailable;
    /// The process is stopping.
    Draining = "DRAINING", Unavailable;
    /// It took too long.
    DeadlineExceeded = "DEADLINE_EXCEEDED", DeadlineExceeded;
    /// No such method here.
    Unimplemented = "UNIMPLEMENTED", Unimplemented;
    /// Our fault; the cause is in the log.
    Internal = "INTERNAL", Internal;
}
