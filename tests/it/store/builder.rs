//! One SQL text, two engines: what the builder promises.

use guitu::clock::{OsEntropy, uuid_v4};
use guitu::store::db::{DbError, Pool, Tx, Value, list_of, uuids_of};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

use super::make_items;
use crate::harness::database::on_both_engines;

/// All columns of an item.
type Full = (i64, String, Option<String>, Option<Vec<u8>>, Option<Uuid>, Option<i64>);

/// A hand-written row, the way store modules write theirs.
struct Item {
    id: i64,
    name: String,
}

impl<'r, R: Row> FromRow<'r, R> for Item
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get("id")?, name: row.try_get("name")? })
    }
}

/// Items 1..=`count`, named `n0001` on, each with its id as amount.
async fn insert(pool: &Pool, count: i64) {
    let mut tx = pool.begin().await.unwrap();
    let rows = (1..=count).map(|id| [id.into(), format!("n{id:04}").into(), id.into()]);
    let inserted = tx.insert_rows("/* insert */ INSERT INTO item (id, name, amount) VALUES", rows, "").await;
    assert_eq!(inserted.unwrap(), u64::try_from(count).unwrap());
    tx.commit().await.unwrap();
}

async fn sum(tx: &mut Tx) -> i64 {
    tx.query("/* sum */ SELECT CAST(sum(amount) AS BIGINT) FROM item").one::<(i64,)>().await.unwrap().0
}

on_both_engines! {
    async fn values_come_back_as_they_went(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        let mark = uuid_v4(&OsEntropy);
        let body = vec![0_u8, 255, 7, 0];
        let mut tx = pool.begin().await.unwrap();
        let insert = "/* insert */ INSERT INTO item (id, name, note, body, mark, amount) VALUES ($1, $2, $3, $4, $5, $6)";
        let full = tx.query(insert).bind(i64::MIN).bind("反拐 '\"; --").bind(Some("记")).bind(&body[..]);
        assert_eq!(full.bind(mark).bind(i64::MAX).execute().await.unwrap(), 1);
        let empty = tx.query(insert).bind(2_i64).bind(String::new()).bind(None::<String>).bind(None::<Vec<u8>>);
        assert_eq!(empty.bind(None::<Uuid>).bind(None::<i64>).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();

        let mut tx = pool.snapshot().await.unwrap();
        let rows = tx.query("/* read */ SELECT id, name, note, body, mark, amount FROM item ORDER BY id").all::<Full>();
        let expected = vec![
            (i64::MIN, "反拐 '\"; --".to_owned(), Some("记".to_owned()), Some(body), Some(mark), Some(i64::MAX)),
            (2, String::new(), None, None, None, None),
        ];
        assert_eq!(rows.await.unwrap(), expected);
        let by_mark = tx.query("/* by_mark */ SELECT id, name FROM item WHERE mark = $1").bind(mark);
        let item: Item = by_mark.one().await.unwrap();
        assert_eq!((item.id, item.name.as_str()), (i64::MIN, "反拐 '\"; --"));
    }

    async fn nothing_stays_without_a_commit(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        let mut tx = pool.begin().await.unwrap();
        tx.query("/* insert */ INSERT INTO item (id, name) VALUES (1, 'a')").execute().await.unwrap();
        drop(tx);
        let mut tx = pool.begin().await.unwrap();
        let found = tx.query("/* find */ SELECT id FROM item WHERE id = $1").bind(1_i64).optional::<(i64,)>().await;
        assert_eq!(found.unwrap(), None);
        let missing = tx.query("/* find */ SELECT id FROM item").one::<(i64,)>().await;
        assert!(matches!(missing, Err(DbError::Missing("find"))));
    }

    async fn a_snapshot_cannot_write(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        let mut tx = pool.snapshot().await.unwrap();
        assert!(tx.query("/* write */ INSERT INTO item (id, name) VALUES (1, 'a')").execute().await.is_err());
        pool.check().await.unwrap();
    }

    async fn upserts_return_what_they_wrote(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        let mut tx = pool.begin().await.unwrap();
        let upsert = "/* upsert */ INSERT INTO item (id, name, amount) VALUES ($1, $2, 1)
                      ON CONFLICT (name) DO UPDATE SET amount = item.amount + 1 RETURNING id, amount";
        assert_eq!(tx.query(upsert).bind(1_i64).bind("a").one::<(i64, i64)>().await.unwrap(), (1, 1));
        assert_eq!(tx.query(upsert).bind(2_i64).bind("a").one::<(i64, i64)>().await.unwrap(), (1, 2));
        let skip = "/* skip */ INSERT INTO item (id, name) VALUES (3, 'a') ON CONFLICT DO NOTHING";
        assert_eq!(tx.query(skip).execute().await.unwrap(), 0);
    }

    async fn ctes_windows_joins_and_keysets_are_the_same_text(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        insert(pool, 6).await;
        let mut tx = pool.begin().await.unwrap();
        let windows = tx.query(
            "/* windows */ WITH low AS (SELECT id, amount FROM item WHERE id <= $1)
             SELECT id, CAST(sum(amount) OVER (ORDER BY id) AS BIGINT), row_number() OVER (ORDER BY id DESC)
             FROM low ORDER BY id",
        ).bind(3_i64).all::<(i64, i64, i64)>().await.unwrap();
        assert_eq!(windows, [(1, 1, 3), (2, 3, 2), (3, 6, 1)]);
        let changed = tx.query(
            "/* update_from */ UPDATE item SET amount = other.total
             FROM (SELECT CAST(sum(amount) AS BIGINT) AS total FROM item) AS other WHERE item.id > $1",
        ).bind(4_i64).execute().await.unwrap();
        assert_eq!((changed, sum(&mut tx).await), (2, 10 + 42));
        let page = tx.query("/* page */ SELECT id, name FROM item WHERE (amount, id) > ($1, $2) ORDER BY amount, id LIMIT 3")
            .bind(4_i64).bind(1_i64).all::<(i64, String)>().await.unwrap();
        assert_eq!(page.iter().map(|row| row.0).collect::<Vec<_>>(), [4, 5, 6]);
        let locked = tx.query("/* queue */ SELECT id FROM item ORDER BY id LIMIT 2").skip_locked().all::<(i64,)>();
        assert_eq!(locked.await.unwrap().len(), 2);
    }

    async fn a_list_is_one_argument(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        insert(pool, 9).await;
        let mark = uuid_v4(&OsEntropy);
        let mut tx = pool.begin().await.unwrap();
        tx.query("/* mark */ UPDATE item SET mark = $1 WHERE id = 5").bind(mark).execute().await.unwrap();
        let names = "/* by_name */ SELECT id FROM item WHERE name IN (SELECT value FROM json_each($1)) ORDER BY id";
        let found = tx.query(names).bind(list_of(&["n0002", "n0007", "x\"'x"])).all::<(i64,)>().await.unwrap();
        assert_eq!(found, [(2,), (7,)]);
        let ids = "/* by_id */ SELECT id FROM item
                   WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY id";
        let found = tx.query(ids).bind(list_of(&[9_i64, 3, i64::MAX])).all::<(i64,)>().await.unwrap();
        assert_eq!(found, [(3,), (9,)]);
        assert_eq!(tx.query(ids).bind(list_of::<i64>(&[])).all::<(i64,)>().await.unwrap(), []);
        let marks = "/* by_mark */ SELECT id FROM item WHERE mark IN (SELECT unhex(value) FROM json_each($1))";
        let found = tx.query(marks).bind(uuids_of(&[uuid_v4(&OsEntropy), mark])).all::<(i64,)>().await.unwrap();
        assert_eq!(found, [(5,)]);
    }

    async fn many_rows_go_in_few_statements(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        insert(pool, 5_000).await;
        let mut tx = pool.begin().await.unwrap();
        assert_eq!(sum(&mut tx).await, 5_000 * 5_001 / 2);
        let again = (4_999..=5_002_i64).map(|id| {
            [id.into(), format!("n{id:04}").into(), Value::Text(None), Value::Bytes(None), Value::Id(None)]
        });
        let prefix = "/* again */ INSERT INTO item (id, name, note, body, mark) VALUES";
        assert_eq!(tx.insert_rows(prefix, again, "ON CONFLICT DO NOTHING").await.unwrap(), 2);
        assert_eq!(tx.insert_rows::<5>(prefix, [], "").await.unwrap(), 0);
    }

    async fn errors_say_who_acts_and_carry_no_value(db) {
        let pool = &db.open.node;
        make_items(pool).await;
        let secret = "王小明";
        let put = "/* put */ INSERT INTO item (id, name, amount) VALUES ($1, $2, $3)";
        let mut tx = pool.begin().await.unwrap();
        tx.query(put).bind(1_i64).bind(secret).bind(0_i64).execute().await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let conflict = tx.query(put).bind(2_i64).bind(secret).bind(0_i64).execute().await.unwrap_err();
        assert!(matches!(conflict, DbError::Conflict("put")));
        tx.rollback().await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let check = tx.query(put).bind(3_i64).bind(secret).bind(-1_i64).execute().await.unwrap_err();
        assert!(matches!(check, DbError::Refused { at: "put", .. }));
        tx.rollback().await.unwrap();
        let mut tx = pool.snapshot().await.unwrap();
        let decode = tx.query("/* decode */ SELECT name FROM item").one::<(i64,)>().await.unwrap_err();
        assert!(matches!(decode, DbError::Corrupt("decode")));
        for error in [conflict, check, decode] {
            assert!(!format!("{error} {error:?}").contains(secret) && !error.is_retryable());
        }
    }
}
