//! Posters of every recorded machine: whole, and nothing but a picture.

mod support;

use packetwalk_core::world::World;
use packetwalk_snapshot::{flow, load};
use packetwalk_view::geometry::Arrangement;
use packetwalk_view::poster::{Caption, svg};
use packetwalk_view::scene::Scene;
use packetwalk_view::timeline::Timeline;
use packetwalk_view::words::Lang;

/// Draws a moment, and gives all texts in the picture. What is no well-formed
/// picture, or refers to anything, fails.
fn check(world: &World, timeline: &Timeline, step: usize, caption: Caption<'_>) -> Vec<String> {
    let scene = Scene::new(world, Arrangement::Wide);
    let text = svg(&scene, timeline, step, caption).text;
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| {
        panic!("{error}\n{text}");
    });
    let known = [
        "svg", "title", "style", "rect", "g", "text", "tspan", "path", "circle",
    ];
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.contains(&node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(!name.starts_with("on") && name != "href", "{node:?}");
            assert!(!attribute.value().contains("NaN"), "{node:?}");
        }
    }
    assert!(text.contains("prefers-color-scheme:dark"), "both themes");
    let style = document
        .descendants()
        .find(|node| node.has_tag_name("style"));
    let style = style.and_then(|node| node.text()).expect("a style");
    assert!(!style.contains("url(") && !style.contains("@import"));
    let texts = document.descendants().filter(roxmltree::Node::is_text);
    texts
        .filter_map(|node| node.text().map(str::to_owned))
        .collect()
}

#[test]
fn every_machine_has_a_whole_picture() {
    for case in support::cases("article", false) {
        let timeline = Timeline::new(case.walk.clone());
        let last = timeline.len().saturating_sub(1);
        for step in [0, last / 2, last, usize::MAX] {
            for lang in Lang::ALL {
                let texts = check(&case.before, &timeline, step, Caption { title: "", lang });
                for netns in &case.before.namespaces {
                    let name = &*netns.name;
                    assert!(
                        texts.iter().any(|text| text == name),
                        "{}: {name}",
                        case.name
                    );
                }
                let drawn = timeline.moment(step, lang).is_some();
                let packets = texts.iter().filter(|text| text.contains(" › ")).count();
                assert_eq!(packets > 0, drawn, "{}: where step {step} is", case.name);
            }
        }
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "a<b>&\"'";
    let snapshot = format!(
        "@@packetwalk snapshot 1\n@@netns {name}\n@@run ip -j -d link show\n\
         [{{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\"],\"mtu\":65536,\"operstate\":\"UNKNOWN\",\"link_type\":\"loopback\",\"address\":\"00:00:00:00:00:00\"}},\
         {{\"ifindex\":2,\"ifname\":\"<i>0\",\"flags\":[\"UP\"],\"mtu\":1500,\"operstate\":\"UP\",\"link_type\":\"ether\",\"address\":\"02:00:00:00:00:01\"}}]\n@@end\n"
    );
    let mut world = load(&snapshot).world;
    let before = world.clone();
    let (flow, netns) = (
        flow::parse_line(&format!("{name} ping 127.0.0.1")),
        &before.namespaces,
    );
    assert_eq!(netns.len(), 1, "the snapshot is read");
    let walk = world.run_flow(&flow.expect("a flow"));
    let timeline = Timeline::new(std::sync::Arc::new(walk));
    let title = "</title><script>alert(1)</script>";
    let texts = check(
        &before,
        &timeline,
        0,
        Caption {
            title,
            lang: Lang::En,
        },
    );
    for text in [name, "<i>0", title] {
        assert!(
            texts.iter().any(|found| found == text),
            "{text} in {texts:?}"
        );
    }
}
