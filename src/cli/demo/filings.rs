//! Filing (备案) in the demo: 临沧 and 朔州 file what they signed with their upper nodes; 重庆 has none and says so.
//!
//! Everything goes through the offices. Invariant: each step may be repeated; what was answered is not answered again.

use serde_json::{Value, json};
use uuid::Uuid;

use super::agreements::{A1, A2, CHONGQING, LINCANG, SHANXI, SHUOZHOU, YUNNAN};
use super::federation::Region;
use super::scenario::{AGREEMENTS, Agreements, until};
use crate::cli::failure::Failure;
use crate::domain::node::NodeId;

const FILINGS: &str = "/office/v1/filings";

/// Party, upper node, agreement, and whether the upper node returns it once before it acknowledges.
fn planned(agreements: Agreements) -> [(NodeId, NodeId, Uuid, bool); 3] {
    let (a1, a2) = (agreements.id(&A1), agreements.id(&A2));
    [(LINCANG, YUNNAN, a1, false), (LINCANG, YUNNAN, a2, true), (SHUOZHOU, SHANXI, a1, false)]
}

/// Files and answers until every filing is acknowledged.
pub(super) async fn settle(all: &[Region], agreements: Agreements) -> Result<(), Failure> {
    for (party, upper, agreement, returned) in planned(agreements) {
        let (party, upper) = (at(all, party)?, at(all, upper)?);
        loop {
            let filing = filing(party, party.node, agreement).await?;
            match filing["state"].as_str().unwrap_or_default() {
                "acknowledged" => break,
                "filed" => answer(party, upper, &filing, returned && filing["number"] == json!(1)).await?,
                _ => drop(party.approver.post(&format!("{AGREEMENTS}/{agreement}/file"), &json!({})).await?),
            }
        }
    }
    Ok(())
}

/// The upper node answers a filing, unless it did, and the answer arrives.
async fn answer(party: &Region, upper: &Region, filed: &Value, returned: bool) -> Result<(), Failure> {
    let agreement = uuid_of(filed)?;
    let there = until(|| async {
        let filing = known(upper, party.node, agreement).await?;
        Ok(filing.filter(|filing| filing["number"] == filed["number"]))
    })
    .await?;
    if there["state"] == json!("filed") {
        let path = format!("{FILINGS}/{}/{}", there["digest"].as_str().unwrap_or_default(), party.node);
        if returned {
            let body = json!({ "reason": "incomplete" });
            upper.approver.post(&format!("{path}/return"), &body).await?;
        } else {
            upper.approver.act(&format!("{path}/acknowledge")).await?;
        }
    }
    until(|| async {
        let filing = known(party, party.node, agreement).await?;
        Ok(filing.filter(|filing| filing["state"] != json!("filed")))
    })
    .await
    .map(drop)
}

/// What does not hold of the filings, as the offices of both sides have it.
pub(super) async fn faults(all: &[Region], agreements: Agreements) -> Result<Vec<String>, Failure> {
    let mut faults = Vec::new();
    for (party, upper, agreement, returned) in planned(agreements) {
        let number = if returned { 2 } else { 1 };
        for side in [at(all, party)?, at(all, upper)?] {
            let filing = known(side, party, agreement).await?.unwrap_or_default();
            if filing["state"] != json!("acknowledged") || filing["number"] != json!(number) {
                faults
                    .push(format!("{}: the filing of {agreement} by {party} is not acknowledged", side.node));
            }
        }
    }
    for agreement in [agreements.id(&A1), agreements.id(&A2)] {
        let exempt = filing(at(all, CHONGQING)?, CHONGQING, agreement).await?;
        if exempt["state"] != json!("exempt") {
            faults.push(format!("{CHONGQING}: it does not say that it is exempt"));
        }
    }
    for upper in [YUNNAN, SHANXI] {
        let held = at(all, upper)?.approver.get("/office/v1/received").await?;
        if held["items"].as_array().is_none_or(|items| !items.is_empty()) {
            faults.push(format!("{upper}: an upper node holds a lead"));
        }
    }
    Ok(faults)
}

/// A line for each filing, for people.
pub(super) async fn words(all: &[Region], agreements: Agreements) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for demo in [&A1, &A2] {
        for party in demo.parties {
            let filing = filing(at(all, party.node)?, party.node, agreements.id(demo)).await?;
            let words = match filing["state"].as_str().unwrap_or_default() {
                "exempt" => "没有上级节点，免报".to_owned(),
                "acknowledged" => {
                    let upper = filing["upper"].as_str().unwrap_or_default();
                    format!("已由 {upper} 备案，报送 {} 次", filing["number"])
                }
                other => other.to_owned(),
            };
            lines.push(format!("备案 {} {}：{words}", demo.name, party.node));
        }
    }
    Ok(lines)
}

async fn filing(at: &Region, party: NodeId, agreement: Uuid) -> Result<Value, Failure> {
    known(at, party, agreement).await?.ok_or_else(|| Failure::wrong("an agreement has no filing"))
}

/// What a node knows of a party's filing of an agreement.
async fn known(at: &Region, party: NodeId, agreement: Uuid) -> Result<Option<Value>, Failure> {
    let all = at.approver.get(FILINGS).await?;
    let mut all = all.as_array().cloned().unwrap_or_default().into_iter();
    Ok(all.find(|one| one["party"] == json!(party) && one["agreement"] == json!(agreement)))
}

fn uuid_of(filing: &Value) -> Result<Uuid, Failure> {
    super::scenario::uuid(filing, "agreement")
}

fn at(all: &[Region], node: NodeId) -> Result<&Region, Failure> {
    all.iter().find(|region| region.node == node).ok_or_else(|| Failure::wrong("the demo lacks a node"))
}
