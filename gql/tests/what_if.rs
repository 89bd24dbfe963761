//! What would be if some changes were recorded.

use gql::AccessRole;
use serde_json::{Value, json};

use crate::support::{Server, code, id_of};

const RELATIONS: &str =
    "relations { change relation { source { name } predicate target { name } } }";

fn relation_id(server: &Server, kind: &str, name: &str, predicate: &str) -> String {
    let query = "query($id: ID!, $p: [Predicate!]) \
        { entity(id: $id) { relations(predicates: $p, direction: OUT) { nodes { id } } } }";
    let answer = server.data(query, json!({ "id": id_of(kind, name), "p": [predicate] }));
    answer["entity"]["relations"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

fn what_if(server: &Server, changes: &Value, ask: &str) -> Value {
    let query =
        format!("query($changes: [Hypothesis!]!) {{ whatIf(changes: $changes) {{ {ask} }} }}");
    server.data(&query, json!({ "changes": changes }))["whatIf"].clone()
}

#[test]
fn severing_tells_what_retracting_does_and_records_nothing() {
    let server = Server::with_ecosystem();
    let relation = relation_id(&server, "FIRM", "白鹭树脂", "SUPPLIES");
    let leader = id_of("FIRM", "远山膜业有限公司");
    let ask = format!(
        "seq chokepoints(of: \"{leader}\") {{ entity {{ name }} }} stats {{ relations entities }}"
    );
    let head = || server.data("{ log { head hash } seq }", Value::Null);
    let before = head();
    let supposed = what_if(&server, &json!([{ "sever": relation }]), &ask);
    assert_eq!(head(), before);
    assert_eq!(supposed["seq"], before["seq"]);
    assert_eq!(supposed["chokepoints"], json!([]));

    let present = format!("{{ {ask} }}");
    assert_ne!(server.data(&present, Value::Null)["chokepoints"], json!([]));
    let claims = "query($id: ID!) { node(id: $id) { ... on Relation { claims { id } } } }";
    let claims = server.data(claims, json!({ "id": relation }));
    let editor = server.token(AccessRole::Editor);
    for claim in claims["node"]["claims"].as_array().unwrap() {
        let retract = "mutation($id: ID!) { retractClaim(id: $id, reason: \"误报\") { seq } }";
        let receipt = server.ask_as(Some(&editor), retract, json!({ "id": claim["id"] }));
        assert!(receipt.get("errors").is_none(), "{receipt}");
    }
    let really = server.data(&present, Value::Null);
    assert_eq!(really["chokepoints"], supposed["chokepoints"]);
    assert_eq!(really["stats"], supposed["stats"]);
}

#[test]
fn the_past_is_supposed_of_as_it_was() {
    let server = Server::with_ecosystem();
    let then = server.data("{ seq }", Value::Null)["seq"].clone();
    server.ingest("新厂", "rel|FIRM|听泉新材|SUPPLIES|FIRM|南塘水务|from=2027");
    let query = format!(
        "query($as: AsOf) {{ whatIf(asOf: $as, changes: [{{ relate: {{ predicate: OWNS,
            source: {{ kind: FIRM, name: \"听泉新材\" }}, target: {{ kind: FIRM, name: \"南塘水务\" }} }} }}]) {{
            seq entity(name: \"听泉新材\") {{ relations {{ nodes {{ predicate }} }} history {{ nodes {{ type }} }} }}
            diff(to: {{}}) {{ {RELATIONS} }} }} }}"
    );
    let predicates = |answer: &Value| answer["whatIf"]["entity"]["relations"]["nodes"].clone();
    let owns = json!({ "predicate": "OWNS" });
    let now = server.data(&query, Value::Null);
    assert_eq!(predicates(&now), json!([{ "predicate": "SUPPLIES" }, owns]));
    let was = server.data(&query, json!({ "as": { "seq": then } }));
    assert_eq!((predicates(&was), &was["whatIf"]["seq"]), (json!([owns]), &then));
    // It was not there yet, so nothing had happened to it.
    assert_eq!(was["whatIf"]["entity"]["history"]["nodes"], json!([]));
    assert_ne!(now["whatIf"]["entity"]["history"]["nodes"], json!([]));
    let early = server.data(&query, json!({ "as": { "validOn": "2026-06-01" } }));
    assert_eq!(predicates(&early), json!([owns]));
    let changes = &now["whatIf"]["diff"]["relations"];
    assert_eq!((&changes[0]["change"], changes.as_array().unwrap().len()), (&json!("WENT"), 1));
}

#[test]
fn pages_of_what_is_supposed_go_on_while_writes_land() {
    let server = Server::with_ecosystem();
    let query = "query($changes: [Hypothesis!]!, $after: String) { whatIf(changes: $changes) {
        firms(first: 4, after: $after) { totalCount nodes { name } pageInfo { endCursor } } } }";
    let firm = |name: &str| {
        json!({ "relate": { "predicate": "OWNS", "source": { "kind": "FIRM", "name": name },
            "target": { "id": id_of("FIRM", "南塘水务") } } })
    };
    let page = |changes: Value, after: &Value| {
        server.ask(query, json!({ "changes": changes, "after": after }))
    };
    let supposed = json!([{ "remove": id_of("FIRM", "白鹭树脂") }, firm("听泉新材")]);
    let first = page(supposed.clone(), &Value::Null)["data"]["whatIf"]["firms"].clone();
    server.ingest("又一家", "rel|FIRM|新来企业|SUPPLIES|FIRM|南塘水务");
    let after = &first["pageInfo"]["endCursor"];
    let second = page(supposed, after)["data"]["whatIf"]["firms"].clone();
    let names: Vec<_> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["nodes"].as_array().unwrap())
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(first["totalCount"], names.len());
    assert_eq!(second["totalCount"], first["totalCount"]);
    assert!(names.contains(&"听泉新材".to_owned()), "{names:?}");
    assert!(!names.contains(&"白鹭树脂".to_owned()) && !names.contains(&"新来企业".to_owned()));
    // What else is supposed, or nothing, is another list.
    assert_eq!(code(&page(json!([firm("别家")]), after)), "BAD_INPUT");
    let plain = "query($after: String) { firms(first: 4, after: $after) { totalCount } }";
    assert_eq!(code(&server.ask(plain, json!({ "after": after }))), "BAD_INPUT");
}

/// Each of the changes is refused with this code, and a message that says this.
fn refused(server: &Server, cases: &[(Value, &str, &str)]) {
    for (changes, expected, said) in cases {
        let query = "query($c: [Hypothesis!]!) { whatIf(changes: $c) { seq } }";
        let answer = server.ask(query, json!({ "c": changes }));
        assert_eq!(code(&answer), *expected, "{changes}: {answer}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(said), "{changes}: {message}");
    }
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000009";

#[test]
fn what_cannot_be_supposed_is_refused_with_a_code() {
    let server = Server::with_ecosystem();
    let firm = id_of("FIRM", "白鹭树脂");
    let relation = relation_id(&server, "FIRM", "白鹭树脂", "SUPPLIES");
    let article = server.data("{ documents { nodes { id } } }", Value::Null);
    let article = &article["documents"]["nodes"][0]["id"];
    let cases = [
        (json!([{ "remove": NOBODY }]), "NOT_FOUND", "change 1 "),
        (json!([{ "remove": firm }, { "remove": firm }]), "NOT_FOUND", "change 2 "),
        (json!([{ "sever": NOBODY }]), "NOT_FOUND", "change 1 "),
        (json!([{ "sever": relation }, { "sever": relation }]), "NOT_FOUND", "change 2 "),
        (json!([{ "sever": article }]), "BAD_INPUT", "a relation"),
        (json!([{ "remove": "x" }]), "BAD_INPUT", "an entity"),
        (json!(vec![json!({ "remove": firm }); 101]), "BAD_INPUT", "at most 100"),
        (json!([{ "remove": firm, "sever": relation }]), "BAD_INPUT", ""),
        (json!([{}]), "BAD_INPUT", ""),
    ];
    refused(&server, &cases);
}

#[test]
fn a_relation_that_breaks_a_rule_cannot_be_supposed() {
    let server = Server::with_ecosystem();
    let article = server.data("{ documents { nodes { id } } }", Value::Null);
    let article = &article["documents"]["nodes"][0]["id"];
    let firm = json!({ "id": id_of("FIRM", "白鹭树脂") });
    let relate = |source: &Value, more: Value| {
        let target = json!({ "kind": "FIRM", "name": "南塘水务" });
        let mut relation = json!({ "predicate": "SUPPLIES", "source": source, "target": target });
        relation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([{ "relate": relation }])
    };
    let qualified = |qualifier: Value| relate(&firm, json!({ "qualifiers": [qualifier] }));
    let quoting = |quote: &str, start: Option<i32>| {
        let evidence = json!({ "document": article, "quote": quote, "start": start });
        relate(&firm, json!({ "evidence": evidence }))
    };
    let town = json!({ "id": id_of("TOWN", "清溪膜材小镇") });
    let itself = json!({ "kind": "FIRM", "name": "南塘水务" });
    let ends = "2026";
    let cases = [
        (relate(&json!({ "id": NOBODY }), json!({})), "NOT_FOUND", "change 1 "),
        (relate(&town, json!({})), "BAD_INPUT", "cannot start at"),
        (relate(&itself, json!({})), "BAD_INPUT", "with itself"),
        (relate(&json!({ "name": "谁" }), json!({})), "BAD_INPUT", "`kind` and `name`"),
        (relate(&json!({}), json!({})), "BAD_INPUT", "`kind` and `name`"),
        (relate(&firm, json!({ "confidence": 2 })), "BAD_INPUT", "2"),
        (qualified(json!({ "key": "product" })), "BAD_INPUT", "`entity`"),
        (qualified(json!({ "key": "share" })), "BAD_INPUT", "`text`"),
        (qualified(json!({ "key": "hue", "text": "红" })), "BAD_INPUT", "no qualifier"),
        (relate(&firm, json!({ "validFrom": "2027", "validTo": ends })), "BAD_INPUT", ends),
        (quoting("白鹭树脂", Some(0)), "BAD_INPUT", "does not stand at"),
        (quoting("白鹭树脂", Some(-1)), "BAD_INPUT", "`start`"),
        (quoting("无此句", None), "BAD_INPUT", "does not stand"),
    ];
    refused(&server, &cases);
}

#[test]
fn a_supposed_relation_may_quote_an_article() {
    let server = Server::with_ecosystem();
    let article = server.data("{ documents { nodes { id text } } }", Value::Null);
    let article = &article["documents"]["nodes"][0];
    let relate = json!([{ "relate": {
        "predicate": "OWNS",
        "source": { "id": id_of("FIRM", "白鹭树脂") },
        "target": { "id": id_of("FIRM", "南塘水务") },
        "confidence": 0.5,
        "evidence": { "document": article["id"], "quote": "青禾化工" },
    } }]);
    let name = "entity(name: \"白鹭树脂\") { relations(predicates: [OWNS]) { nodes { confidence claims { assertedBy evidence { quote start } } } } }";
    let answer = what_if(&server, &relate, name);
    let relation = &answer["entity"]["relations"]["nodes"][0];
    let evidence = &relation["claims"][0]["evidence"];
    let text: Vec<char> = article["text"].as_str().unwrap().chars().collect();
    let start = usize::try_from(evidence["start"].as_u64().unwrap()).unwrap();
    assert_eq!(text[start..start + 4].iter().collect::<String>(), "青禾化工");
    assert_eq!((&relation["confidence"], &evidence["quote"]), (&json!(0.5), &json!("青禾化工")));
    assert_eq!(relation["claims"][0]["assertedBy"], "what-if");
}

/// A product may be named like an entity or by its name alone, once.
#[test]
fn a_qualifier_that_holds_an_entity_takes_its_name() {
    let server = Server::with_ecosystem();
    let target = id_of("FIRM", "南塘水务");
    let relate = |qualifiers: Value| {
        json!([{ "relate": {
            "predicate": "SUPPLIES",
            "source": { "kind": "FIRM", "name": "新膜厂" },
            "target": { "id": target },
            "qualifiers": qualifiers,
        } }])
    };
    let ask = format!(
        "trace(from: \"{target}\", direction: UPSTREAM, maxDepth: 1) \
         {{ truncated {{ limit at }} tiers {{ steps {{ entity {{ name }} via {{ qualifiers {{ text entity {{ kind }} }} }} }} }} }}"
    );
    let named = what_if(&server, &relate(json!([{ "key": "product", "text": "平板膜" }])), &ask);
    let entity = json!({ "kind": "PRODUCT", "name": "平板膜" });
    let given = what_if(&server, &relate(json!([{ "key": "product", "entity": entity }])), &ask);
    assert_eq!(named, given);
    let steps = named["trace"]["tiers"][0]["steps"].as_array().unwrap();
    let new = steps.iter().find(|step| step["entity"]["name"] == "新膜厂").unwrap();
    let product = &new["via"][0]["qualifiers"][0];
    assert_eq!(product, &json!({ "text": "平板膜", "entity": { "kind": "PRODUCT" } }));
    // Who supplies the film maker stands farther than one tier.
    assert_eq!(named["trace"]["truncated"], json!({ "limit": "depth", "at": 1 }));
    let twice = json!([{ "key": "product", "text": "甲" }, { "key": "product", "text": "乙" }]);
    let query = "query($changes: [Hypothesis!]!) { whatIf(changes: $changes) { seq } }";
    let refused = server.ask(query, json!({ "changes": relate(twice) }));
    assert_eq!(code(&refused), "BAD_INPUT");
    assert!(refused.to_string().contains("is given twice"), "{refused}");
}

/// Plans are left out of supply questions, unless asked for.
#[test]
fn plans_count_where_they_are_asked_for() {
    let server = Server::with_ecosystem();
    let (maker, buyer) = (id_of("FIRM", "远山膜业有限公司"), id_of("FIRM", "西岭药业"));
    let ask = |plans: bool| {
        let query = format!(
            "{{ trace(from: \"{maker}\", direction: DOWNSTREAM, filter: {{ planned: {plans} }}) \
             {{ tiers {{ steps {{ entity {{ name }} }} }} }} \
             impact(of: [\"{maker}\"], planned: {plans}) {{ touched {{ entity {{ name }} }} }} \
             chokepoints(of: \"{buyer}\", planned: {plans}) {{ entity {{ name }} }} }}"
        );
        server.data(&query, Value::Null)
    };
    let (without, with) = (ask(false), ask(true));
    for question in ["trace", "impact"] {
        assert!(!without[question].to_string().contains("西岭药业"), "{without}");
        assert!(with[question].to_string().contains("西岭药业"), "{with}");
    }
    assert!(!without["chokepoints"].to_string().contains("远山膜业"), "{without}");
    assert!(with["chokepoints"].to_string().contains("远山膜业"), "{with}");
}
