//! `purchases` and `purchase_lines`.

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{Error, Result, Row, Sql, Tx};
use platform::lease;
use proto::name::ProductId;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::purchase::{Line, Purchase, State, Target};

/// Who is at work on which mapping. A request that maps holds its purchase by `lease_until` alone.
pub const MAPPINGS: lease::Table = lease::Table {
    name: "purchases",
    key: "id",
    ready: "state = 'MAPPING'",
    order: "update_time",
    term: TimeDelta::seconds(60),
};

#[derive(Serialize)]
struct LineRow<'a> {
    product: &'a str,
    seat_count: i64,
}

/// Records an order. False when the shop has recorded its number before.
pub async fn insert(tx: &mut Tx, purchase: &Purchase) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO purchases
                 (id, shop_id, order_number, buyer_email, state, version, create_time, update_time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (shop_id, order_number) DO NOTHING",
        )
        .bind(purchase.id)
        .bind(purchase.shop)
        .bind(&purchase.order_number)
        .bind(purchase.buyer.as_str())
        .bind(purchase.state.as_str())
        .bind(purchase.version)
        .bind(purchase.create_time)
        .execute()
        .await?;
    if written == 0 {
        return Ok(false);
    }
    insert_lines(tx, purchase).await?;
    Ok(true)
}

async fn insert_lines(tx: &mut Tx, purchase: &Purchase) -> Result<()> {
    let rows: Vec<LineRow<'_>> = purchase
        .lines
        .iter()
        .map(|line| LineRow { product: line.product.as_str(), seat_count: line.seat_count })
        .collect();
    tx.query(Sql {
        postgres: "INSERT INTO purchase_lines (purchase_id, product, seat_count, position)
            SELECT $1, value ->> 'product', (value ->> 'seat_count')::bigint, nth
            FROM jsonb_array_elements($2) WITH ORDINALITY AS given (value, nth)",
        sqlite: "INSERT INTO purchase_lines (purchase_id, product, seat_count, position)
            SELECT $1, value ->> 'product', value ->> 'seat_count', key FROM jsonb_each($2)",
    })
    .bind(purchase.id)
    .bind_json(&rows)
    .execute()
    .await?;
    Ok(())
}

/// The id of the shop's order with this number.
pub async fn id_of_order(tx: &mut Tx, shop: Uuid, order_number: &str) -> Result<Option<Uuid>> {
    tx.query("SELECT id FROM purchases WHERE shop_id = $1 AND order_number = $2")
        .bind(shop)
        .bind(order_number)
        .optional(|row| row.get("id"))
        .await
}

const FIND: &str = "SELECT id, shop_id, order_number, buyer_email, state, new_organization_name,
        existing_organization_id, mapped_by, organization_id, version, create_time
    FROM purchases WHERE id = $1";

const LOCK: &str = "SELECT id, shop_id, order_number, buyer_email, state, new_organization_name,
        existing_organization_id, mapped_by, organization_id, version, create_time
    FROM purchases WHERE id = $1 FOR UPDATE";

/// The purchase with its lines.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Purchase>> {
    let found = tx.query(FIND).bind(id).optional(read).await?;
    with_lines(tx, found).await
}

/// The purchase, held until the commit.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Purchase>> {
    let found = tx.query(Sql { postgres: LOCK, sqlite: FIND }).bind(id).optional(read).await?;
    with_lines(tx, found).await
}

async fn with_lines(tx: &mut Tx, found: Option<Purchase>) -> Result<Option<Purchase>> {
    let Some(mut purchase) = found else { return Ok(None) };
    let known = |text: String| ProductId::parse(&text).ok_or("it is no product id");
    purchase.lines = tx
        .query("SELECT product, seat_count FROM purchase_lines WHERE purchase_id = $1 ORDER BY position")
        .bind(purchase.id)
        .all(|row| Ok(Line { product: row.parse("product", known)?, seat_count: row.get("seat_count")? }))
        .await?;
    Ok(Some(purchase))
}

/// Writes down state and choice as they are in `purchase` now, and raises its version. False when
/// somebody changed it since it was read. `busy_until` keeps the sweeper away from a mapping.
pub async fn update(
    tx: &mut Tx,
    purchase: &mut Purchase,
    busy_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (name, existing) = match &purchase.target {
        Some(Target::New { display_name }) => (Some(display_name.as_str()), None),
        Some(Target::Existing { organization }) => (None, Some(*organization)),
        None => (None, None),
    };
    let changed = tx
        .query(
            "UPDATE purchases SET state = $3, new_organization_name = $4, existing_organization_id = $5,
                 mapped_by = $6, organization_id = $7, version = version + 1, update_time = $8,
                 lease_owner = NULL, lease_until = $9
             WHERE id = $1 AND version = $2",
        )
        .bind(purchase.id)
        .bind(purchase.version)
        .bind(purchase.state.as_str())
        .bind(name)
        .bind(existing)
        .bind(purchase.mapped_by.as_deref())
        .bind(purchase.organization)
        .bind(now)
        .bind(busy_until)
        .execute()
        .await?;
    purchase.version += i64::from(changed == 1);
    Ok(changed == 1)
}

/// Lets the sweeper go on with a mapping at once.
pub async fn give_up(tx: &mut Tx, purchase: &Purchase, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE purchases SET lease_owner = NULL, lease_until = $3 WHERE id = $1 AND version = $2")
        .bind(purchase.id)
        .bind(purchase.version)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Purchase> {
    let name: Option<String> = row.get("new_organization_name")?;
    let existing: Option<Uuid> = row.get("existing_organization_id")?;
    let target = match (name, existing) {
        (None, None) => None,
        (Some(display_name), None) => Some(Target::New { display_name }),
        (None, Some(organization)) => Some(Target::Existing { organization }),
        (Some(_), Some(_)) => return Err(Error::broken("purchases", "it has two targets")),
    };
    Ok(Purchase {
        id: row.get("id")?,
        shop: row.get("shop_id")?,
        order_number: row.get("order_number")?,
        buyer: row.parse("buyer_email", |text: String| Email::parse(&text))?,
        state: row.parse("state", State::parse)?,
        lines: Vec::new(),
        target,
        mapped_by: row.get("mapped_by")?,
        organization: row.get("organization_id")?,
        version: row.get("version")?,
        create_time: row.get("create_time")?,
    })
}
