//! Lists of entities by what is asked of them, and how many relations each has.

use graph::model::{
    EntityKind, Identifier, IdentifierScheme, Predicate, Role, RoleBasis, RoleHeld, Statement,
    Validity,
};
use graph::query::{EntityFilter, EntityOrder, RelatedFilter, list};
use graph::state::EntityIx;
use graph::view::{AsOf, Recorded, View};
use petgraph::Direction::{Incoming, Outgoing};
use proptest::prelude::*;
use store::Seq;

use crate::laws::{deed, live};
use crate::support::{block_on, cases, drafts, empty_ledger, entity, record, said, submit};

const PICTURE: &str = "
    FIRM:青禾轴承 LOCATED_IN TOWN:泵阀小镇
    TOWN:泵阀小镇 LOCATED_IN REGION:晨屿区
    FIRM:蓝鲸阀门 LOCATED_IN REGION:月湾市
    FIRM:青禾轴承 SUPPLIES FIRM:蓝鲸阀门 product=轴承
    FIRM:沅朔泵业 SUPPLIES FIRM:蓝鲸阀门 planned
    FIRM:蓝鲸阀门 SUPPLIES FIRM:青禾轴承
    FIRM:沅朔泵业 PARTNERS_WITH FIRM:青禾轴承 scope=研发
    FIRM:沅朔泵业 PARTNERS_WITH FIRM:青禾轴承 scope=检测
    FIRM:蓝鲸阀门 PARTNERS_WITH FIRM:沅朔泵业
";

async fn told() -> View {
    let ledger = empty_ledger();
    let mut all = drafts(PICTURE);
    let firm = entity(&mut all, "FIRM:青禾轴承");
    let other = entity(&mut all, "FIRM:沅朔泵业");
    let stock = Identifier::new(IdentifierScheme::StockCode, "600011").unwrap();
    let role = |entity, role| {
        let (basis, validity) = (RoleBasis::Designated, Validity::UNSTATED);
        Statement::Role(RoleHeld { entity, role, basis, validity })
    };
    for statement in [
        Statement::Alias { entity: firm, text: "QH轴承".into() },
        Statement::Identifier { entity: firm, identifier: stock },
        role(firm, Role::ALL[0]),
        role(firm, Role::ALL[1]),
        role(other, Role::ALL[1]),
    ] {
        all.claims.push(said(statement, 0.9));
    }
    submit(&ledger, record(all)).await.unwrap();
    ledger.view()
}

fn ix(view: &View, name: &str) -> EntityIx {
    view.entities_named(name)[0]
}

#[tokio::test]
async fn each_part_of_a_description_narrows_a_list() {
    let view = told().await;
    let listed = |filter: &EntityFilter| -> Vec<String> {
        let found = list(&view, filter, EntityOrder::Recorded).into_iter();
        found.map(|entity| view.name(entity).to_string()).collect()
    };
    let any = EntityFilter::default;
    let firms = ["青禾轴承", "蓝鲸阀门", "沅朔泵业"];
    assert_eq!(listed(&any()).len(), 7);
    assert_eq!(listed(&EntityFilter { kinds: vec![EntityKind::Firm], ..any() }), firms);
    let places = vec![EntityKind::Region, EntityKind::Town];
    assert_eq!(listed(&EntityFilter { kinds: places, ..any() }), ["泵阀小镇", "晨屿区", "月湾市"]);
    let roles = |roles: &[Role]| listed(&EntityFilter { roles: roles.to_vec(), ..any() });
    assert_eq!(roles(&[Role::ALL[1]]), ["青禾轴承", "沅朔泵业"]);
    assert_eq!(roles(&Role::ALL[..2]), ["青禾轴承"], "every one of them");
    assert_eq!(roles(&Role::ALL[..3]), [""; 0]);
    // The place itself is inside, and what lies in what lies in it.
    let within = |place| listed(&EntityFilter { within: Some(ix(&view, place)), ..any() });
    assert_eq!(within("晨屿区"), ["青禾轴承", "泵阀小镇", "晨屿区"]);
    assert_eq!(within("月湾市"), ["蓝鲸阀门", "月湾市"]);
    // By an alias too, as names are compared.
    let named = |text: &str| listed(&EntityFilter { named: Some(text.into()), ..any() });
    assert_eq!(
        (named("qh"), named("轴承")),
        (vec![firms[0].into()], vec!["青禾轴承".to_owned(), "轴承".to_owned()])
    );
    assert_eq!(named("軸承"), named("轴承"));
    let stock = |value| Identifier::new(IdentifierScheme::StockCode, value).ok();
    assert_eq!(listed(&EntityFilter { identifier: stock("600011"), ..any() }), ["青禾轴承"]);
    assert_eq!(listed(&EntityFilter { identifier: stock("600012"), ..any() }), [""; 0]);
    // Parts are asked for together.
    let both = EntityFilter { kinds: vec![EntityKind::Town], named: Some("阀".into()), ..any() };
    assert_eq!(listed(&both), ["泵阀小镇"]);
}

#[tokio::test]
async fn a_list_is_narrowed_by_a_relation_its_direction_and_its_other_end() {
    let view = told().await;
    let related = |predicate, direction, to: Option<&str>| -> Vec<String> {
        let to = to.map(|name| ix(&view, name));
        let related_to = Some(RelatedFilter { predicate, direction, to });
        let filter = EntityFilter { related_to, ..EntityFilter::default() };
        let found = list(&view, &filter, EntityOrder::Recorded).into_iter();
        found.map(|entity| view.name(entity).to_string()).collect()
    };
    let supplies = Predicate::Supplies;
    // A plan is a relation too.
    assert_eq!(related(supplies, Some(Outgoing), None), ["青禾轴承", "蓝鲸阀门", "沅朔泵业"]);
    assert_eq!(related(supplies, Some(Incoming), None), ["青禾轴承", "蓝鲸阀门"]);
    assert_eq!(related(supplies, Some(Outgoing), Some("蓝鲸阀门")), ["青禾轴承", "沅朔泵业"]);
    assert_eq!(related(supplies, Some(Incoming), Some("蓝鲸阀门")), ["青禾轴承"]);
    assert_eq!(related(supplies, None, Some("沅朔泵业")), ["蓝鲸阀门"]);
    for way in [Some(Outgoing), Some(Incoming), None] {
        let partners = related(Predicate::PartnersWith, way, Some("青禾轴承"));
        assert_eq!(partners, ["沅朔泵业"], "either way, once");
    }
    assert_eq!(related(Predicate::Owns, None, None), [""; 0]);
}

#[tokio::test]
async fn lists_have_their_orders() {
    let view = told().await;
    let listed = |order| -> Vec<String> {
        let filter = EntityFilter { kinds: vec![EntityKind::Firm], ..EntityFilter::default() };
        let found = list(&view, &filter, order).into_iter();
        found.map(|entity| view.name(entity).to_string()).collect()
    };
    assert_eq!(listed(EntityOrder::Recorded), ["青禾轴承", "蓝鲸阀门", "沅朔泵业"]);
    assert_eq!(listed(EntityOrder::Name), ["沅朔泵业", "蓝鲸阀门", "青禾轴承"]);
    // Two claims of one partnership are one relation.
    let degrees = ["青禾轴承", "蓝鲸阀门", "沅朔泵业"].map(|name| view.degree(ix(&view, name)));
    assert_eq!(degrees, [4, 5, 3]);
    assert_eq!(listed(EntityOrder::Degree), ["蓝鲸阀门", "青禾轴承", "沅朔泵业"]);
    let all = list(&view, &EntityFilter::default(), EntityOrder::Kind);
    assert!(all.is_sorted_by_key(|entity| (view.kind(*entity), view.name(*entity))));
}

proptest! {
    #![proptest_config(cases(48))]

    /// Each relation counts once, whichever way it goes, over merges and at every position.
    #[test]
    fn a_degree_is_the_number_of_relations(
        deeds in proptest::collection::vec(deed(), 1..40),
        at in any::<proptest::sample::Index>(),
    ) {
        let ledger = block_on(live(&deeds));
        let seq = at.index(1 + usize::try_from(ledger.head().seq.get()).unwrap());
        let as_of = AsOf { recorded: Recorded::UpTo(Seq::new(seq as u64)), valid_on: None };
        let view = ledger.view().at(as_of).unwrap();
        for entity in view.entities() {
            prop_assert_eq!(view.degree(entity), view.relations(entity, None).len());
        }
    }
}
