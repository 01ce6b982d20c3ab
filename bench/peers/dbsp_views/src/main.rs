//! dbsp_views WORKERS BATCH EVENTS.ndjson [RESULTS]
//!
//! The four views of pipelines/clickstream over Feldera's engine, by hand: texts as Feldera's SQL has them (reference
//! counted), columns that no view reads left out, aggregates over the append-only events as chain_aggregate, which
//! keeps a record a group and no rows, and one group for the two views that share their key. After each batch the
//! views' changes are taken out. With RESULTS the views are kept from the changes and written there.
mod time;

use anyhow::{Context, Result};
use dbsp::mimalloc::MiMalloc;
use dbsp::typed_batch::IndexedZSetReader;
use dbsp::utils::{Tup2, Tup3, Tup4, Tup7};
use dbsp::{OrdZSet, OutputHandle, RootCircuit, Runtime, ZSetHandle};
use feldera_macros::IsNone;
use feldera_sqllib::SqlString;
use rkyv::{Archive, Deserialize, Serialize};
use size_of::SizeOf;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const PAGE_VIEW: u8 = 1;
const ADD_TO_CART: u8 = 2;
const PURCHASE: u8 = 3;

/// A line: what the views read of it.
#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    user_id: Cow<'a, str>,
    #[serde(borrow)]
    session_id: Cow<'a, str>,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    page_url: Cow<'a, str>,
    #[serde(borrow)]
    device_type: Cow<'a, str>,
    #[serde(borrow)]
    country: Cow<'a, str>,
    #[serde(borrow)]
    event_ts: Cow<'a, str>,
}

macro_rules! data {
    ($(#[$doc:meta])* struct $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Default, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, SizeOf, Archive, Serialize, Deserialize, IsNone)]
        #[archive_attr(derive(Ord, Eq, PartialEq, PartialOrd))]
        struct $name { $($field: $type,)* }
    };
}

data! {
    struct Event {
        session: SqlString,
        user: SqlString,
        kind: u8,
        page: SqlString,
        device: SqlString,
        country: SqlString,
        time: i64,
    }
}

data! {
    /// Of a session with its user, device and country.
    struct Totals {
        start: i64,
        end: i64,
        events: i64,
        page_views: i64,
        carts: i64,
        purchases: i64,
        last_page: Option<SqlString>,
    }
}

data! {
    /// Of a session.
    struct Flags {
        home: bool,
        products: bool,
        detail: bool,
        cart: bool,
        checkout: bool,
        purchase: bool,
    }
}

data! {
    struct Visit {
        kind: u8,
        page: SqlString,
        time: i64,
    }
}

type Key = Tup4<SqlString, SqlString, SqlString, SqlString>;
type Summary = Tup2<Key, Tup7<i64, i64, i64, i64, i64, i64, i64>>;
type Funnel = Tup7<i64, i64, i64, i64, i64, i64, i64>;
type Page = Tup4<SqlString, i64, i64, i64>;
type Conversion = Tup2<Key, u8>;

const OUTCOMES: [&str; 3] = ["cart_abandonment", "checkout_abandonment", "browse_abandonment"];

struct Outputs {
    summary: OutputHandle<OrdZSet<Summary>>,
    funnel: OutputHandle<OrdZSet<Funnel>>,
    pages: OutputHandle<OrdZSet<Page>>,
    conversions: OutputHandle<OrdZSet<Conversion>>,
}

fn add_visit(mut totals: Totals, visit: &Visit, weight: i64) -> Totals {
    totals.start = totals.start.min(visit.time);
    totals.end = totals.end.max(visit.time);
    totals.events += weight;
    match visit.kind {
        PAGE_VIEW => {
            totals.page_views += weight;
            if totals.last_page.as_ref().is_none_or(|page| *page < visit.page) {
                totals.last_page = Some(visit.page.clone());
            }
        }
        ADD_TO_CART => totals.carts += weight,
        PURCHASE => totals.purchases += weight,
        _ => {}
    }
    totals
}

fn add_flags(mut flags: Flags, kind: u8, page: &str) -> Flags {
    flags.home |= page == "/home";
    flags.products |= page == "/products";
    flags.detail |= page.starts_with("/products/") && page != "/products";
    flags.cart |= kind == ADD_TO_CART;
    flags.checkout |= page == "/checkout";
    flags.purchase |= kind == PURCHASE;
    flags
}

fn outcome(totals: &Totals) -> u8 {
    if totals.carts > 0 {
        0
    } else if totals.last_page.as_ref().is_some_and(|page| page.str() == "/checkout") {
        1
    } else {
        2
    }
}

fn build(circuit: &mut RootCircuit) -> Result<(ZSetHandle<Event>, Outputs)> {
    let (events, input) = circuit.add_input_zset::<Event>();

    let totals = events
        .map_index(|e| {
            let key = Tup4(e.session.clone(), e.user.clone(), e.device.clone(), e.country.clone());
            (key, Visit { kind: e.kind, page: e.page.clone(), time: e.time })
        })
        .chain_aggregate(
            |visit, weight| {
                let empty = Totals { start: i64::MAX, end: i64::MIN, ..Totals::default() };
                add_visit(empty, visit, weight)
            },
            add_visit,
        );
    let summary = totals.map(|(key, t)| {
        let numbers = Tup7(t.start, t.end, t.end - t.start, t.events, t.page_views, t.carts, t.purchases);
        Tup2(key.clone(), numbers)
    });
    let conversions =
        totals.flat_map(|(key, t)| (t.purchases == 0).then(|| Tup2(key.clone(), outcome(t))));

    let funnel = events
        .map_index(|e| (e.session.clone(), Tup2(e.kind, e.page.clone())))
        .chain_aggregate(
            |Tup2(kind, page), _| add_flags(Flags::default(), *kind, page.str()),
            |flags, Tup2(kind, page), _| add_flags(flags, *kind, page.str()),
        )
        .map_index(|(_, flags)| ((), flags.clone()))
        .aggregate_linear(|f| {
            let steps = [f.home, f.products, f.detail, f.cart, f.checkout, f.purchase].map(i64::from);
            Tup7(1i64, steps[0], steps[1], steps[2], steps[3], steps[4], steps[5])
        })
        .map(|(_, counts)| counts.clone());

    let views = events.filter(|e| e.kind == PAGE_VIEW);
    let counts = views.map_index(|e| (e.page.clone(), ())).weighted_count();
    let users = views.map_index(|e| (e.page.clone(), e.user.clone())).distinct_count();
    let sessions = views.map_index(|e| (e.page.clone(), e.session.clone())).distinct_count();
    let pages = counts
        .join_index(&users, |page, count, users| Some((page.clone(), Tup2(*count, *users))))
        .join(&sessions, |page, Tup2(count, users), sessions| Tup4(page.clone(), *count, *users, *sessions));

    let outputs = Outputs {
        summary: summary.output(),
        funnel: funnel.output(),
        pages: pages.output(),
        conversions: conversions.output(),
    };
    Ok((input, outputs))
}

fn event(line: &str) -> Result<Event> {
    let line: Line = serde_json::from_str(line)?;
    Ok(Event {
        session: SqlString::from_ref(&line.session_id),
        user: SqlString::from_ref(&line.user_id),
        kind: match &*line.event_type {
            "page_view" => PAGE_VIEW,
            "add_to_cart" => ADD_TO_CART,
            "purchase" => PURCHASE,
            _ => 0,
        },
        page: SqlString::from_ref(&line.page_url),
        device: SqlString::from_ref(&line.device_type),
        country: SqlString::from_ref(&line.country),
        time: time::parse(&line.event_ts).with_context(|| format!("no time: {}", line.event_ts))?,
    })
}

/// A view as its changes make it: rows as lines of CSV, with their weights.
#[derive(Default)]
struct Kept(BTreeMap<String, i64>);

impl Kept {
    fn add(&mut self, row: String, weight: i64) {
        let total = self.0.entry(row).or_default();
        *total += weight;
    }

    fn write(&self, folder: &PathBuf, name: &str, header: &str) -> Result<()> {
        let mut file = BufWriter::new(File::create(folder.join(format!("{name}.csv")))?);
        writeln!(file, "{header}")?;
        for (row, weight) in &self.0 {
            for _ in 0..*weight {
                writeln!(file, "{row}")?;
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Views {
    summary: Kept,
    funnel: Kept,
    pages: Kept,
    conversions: Kept,
    changes: usize,
}

fn key_text(Tup4(session, user, device, country): &Key) -> String {
    format!("{},{},{},{}", session.str(), user.str(), device.str(), country.str())
}

impl Views {
    /// Takes the last batch's changes; keeps them if the views are to be written.
    fn take(&mut self, outputs: &Outputs, keeps: bool) {
        let summary = outputs.summary.consolidate();
        let funnel = outputs.funnel.consolidate();
        let pages = outputs.pages.consolidate();
        let conversions = outputs.conversions.consolidate();
        self.changes += summary.iter().count() + funnel.iter().count() + pages.iter().count() + conversions.iter().count();
        if !keeps {
            return;
        }
        for (Tup2(key, Tup7(start, end, micros, events, views, carts, purchases)), _, weight) in summary.iter() {
            let seconds = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            let (start, end) = (time::text(start), time::text(end));
            let row = format!("{},{start},{end},{seconds},{events},{views},{carts},{purchases}", key_text(&key));
            self.summary.add(row, weight);
        }
        for (Tup7(a, b, c, d, e, f, g), _, weight) in funnel.iter() {
            self.funnel.add(format!("{a},{b},{c},{d},{e},{f},{g}"), weight);
        }
        for (Tup4(page, count, users, sessions), _, weight) in pages.iter() {
            self.pages.add(format!("{},{count},{users},{sessions}", page.str()), weight);
        }
        for (Tup2(key, outcome), _, weight) in conversions.iter() {
            self.conversions.add(format!("{},{}", key_text(&key), OUTCOMES[outcome as usize]), weight);
        }
    }

    fn write(&self, folder: &PathBuf) -> Result<()> {
        let key = "session_id,user_id,device_type,country";
        self.summary.write(
            folder,
            "click_mv_session_summary",
            &format!("{key},session_start,session_end,duration_seconds,total_events,page_views,add_to_carts,purchases"),
        )?;
        self.funnel.write(
            folder,
            "click_mv_funnel_analysis",
            "total_sessions,step_home,step_products,step_product_detail,step_add_to_cart,step_checkout,step_purchase",
        )?;
        self.pages.write(folder, "click_mv_page_traffic", "page_url,total_views,unique_users,unique_sessions")?;
        self.conversions.write(folder, "click_mv_conversion_metrics", &format!("{key},outcome"))
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next();
    let workers: usize = next().context("WORKERS is missing")?.parse()?;
    let batch: usize = next().context("BATCH is missing")?.parse()?;
    let path = next().context("EVENTS is missing")?;
    let results = next().map(PathBuf::from);

    let (mut circuit, (input, outputs)) = Runtime::init_circuit(workers, build)?;
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut views = Views::default();
    let mut line = String::new();
    let mut ended = false;
    while !ended {
        let mut events: Vec<Tup2<Event, i64>> = Vec::with_capacity(batch);
        while events.len() < batch {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                ended = true;
                break;
            }
            events.push(Tup2(event(&line)?, 1));
        }
        if events.is_empty() {
            break;
        }
        input.append(&mut events);
        circuit.transaction()?;
        views.take(&outputs, results.is_some());
    }
    println!("changes: {}", views.changes);
    if let Some(folder) = results {
        views.write(&folder)?;
    }
    circuit.kill().ok();
    Ok(())
}
