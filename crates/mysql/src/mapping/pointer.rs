//! JSON pointers (RFC 6901), and where they lead in a body.
//!
//! A body is never built up in memory: values are handed out as the text that they are, so numbers keep
//! all of their digits. Whatever no pointer leads to is passed over, however deep it is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: String,
    steps: Vec<String>,
}

impl Pointer {
    /// Reads a pointer such as `/order/lines/0/id`; `~1` stands for `/` in a name, and `~0` for `~`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let steps = text.strip_prefix('/').ok_or("a pointer begins with `/`")?.split('/');
        let steps = steps.map(unescape).collect::<Option<_>>();
        let steps = steps.ok_or("in a pointer `~` is written `~0`, and `/` in a name `~1`")?;
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The name of the last value on the way.
    pub(crate) fn of_steps(steps: &[String]) -> Self {
        let escaped = steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
        Self { text: escaped.collect(), steps: steps.to_vec() }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn unescape(step: &str) -> Option<String> {
    let is_sound = step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    is_sound.then(|| step.replace("~1", "/").replace("~0", "~"))
}

/// Several pointers as a tree, which a body is walked along once.
#[derive(Debug)]
pub(crate) struct Pointers {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    children: Vec<(String, usize)>,
    /// The places of the pointers that end here.
    wanted: Vec<usize>,
}

/// A body that is no JSON, or has a name twice where one value is wanted.
#[derive(Debug)]
pub(crate) struct Malformed(pub(crate) serde_json::Error);

impl Pointers {
    pub(crate) fn of<'p>(pointers: impl IntoIterator<Item = &'p Pointer>) -> Self {
        let mut tree = Self { nodes: vec![Node::default()] };
        for (place, pointer) in pointers.into_iter().enumerate() {
            let end = pointer.steps.iter().fold(0, |node, step| tree.child(node, step));
            tree.nodes[end].wanted.push(place);
        }
        tree
    }

    fn child(&mut self, node: usize, step: &str) -> usize {
        if let Some((_, child)) = self.nodes[node].children.iter().find(|(name, _)| name == step) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node].children.push((step.to_owned(), child));
        child
    }

    /// The value at each of `count` pointers, as its own text. The whole body is checked for being JSON.
    pub(crate) fn find<'b>(&self, body: &'b str, count: usize) -> Result<Vec<Option<&'b str>>, Malformed> {
        let whole: &RawValue = serde_json::from_str(body).map_err(Malformed)?;
        let mut found = vec![None; count];
        self.walk(0, whole.get(), &mut found).map_err(Malformed)?;
        Ok(found)
    }

    /// Goes no deeper than the pointers do.
    fn walk<'b>(
        &self,
        node: usize,
        raw: &'b str,
        found: &mut [Option<&'b str>],
    ) -> Result<(), serde_json::Error> {
        let Node { children, wanted } = &self.nodes[node];
        for place in wanted {
            found[*place] = Some(raw);
        }
        if children.is_empty() || !raw.starts_with(['{', '[']) {
            return Ok(());
        }
        let inner = serde_json::Deserializer::from_str(raw).deserialize_any(Names(children))?;
        for ((_, child), raw) in children.iter().zip(inner) {
            if let Some(raw) = raw {
                self.walk(*child, raw, found)?;
            }
        }
        Ok(())
    }
}

/// Reads one level of an object or an array: the values of these names.
struct Names<'n>(&'n [(String, usize)]);

impl<'b> Visitor<'b> for Names<'_> {
    type Value = Vec<Option<&'b str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.0.len()];
        while let Some(place) = map.next_key_seed(Place(self.0))? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: &'b RawValue = map.next_value()?;
            if found[place].replace(value.get()).is_some() {
                return Err(A::Error::custom(format_args!("the name {:?} is there twice", self.0[place].0)));
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.0.len()];
        let mut index = 0_usize;
        while let Some(value) = seq.next_element::<&'b RawValue>()? {
            let name = index.to_string();
            if let Some(place) = self.0.iter().position(|(wanted, _)| *wanted == name) {
                found[place] = Some(value.get());
            }
            index += 1;
        }
        Ok(found)
    }
}

/// Which of the names a key is.
struct Place<'n>(&'n [(String, usize)]);

impl<'b> DeserializeSeed<'b> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'b>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|(name, _)| name == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'b>(pointers: &[&str], body: &'b str) -> Result<Vec<Option<&'b str>>, Malformed> {
        let pointers: Vec<_> = pointers.iter().map(|text| Pointer::parse(text).unwrap()).collect();
        Pointers::of(&pointers).find(body, pointers.len())
    }

    #[test]
    fn each_value_is_found_as_the_text_that_it_is() {
        let body =
            r#" {"a": {"b": 9007199254740993.10, "~/": [1, {"c": "x"}]}, "n": {"n": null}, "": 1e999} "#;
        let found = find(&["/a/b", "/a/~0~1/1/c", "/n/n", "/", "/a/b/c", "/a/~0~1/7", "/n"], body).unwrap();
        let expected = [
            Some("9007199254740993.10"),
            Some("\"x\""),
            Some("null"),
            Some("1e999"),
            None,
            None,
            Some("{\"n\": null}"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_name_that_is_there_twice_is_malformed_only_where_one_value_is_wanted() {
        let error = find(&["/a"], r#"{"a": 1, "b": 2, "a": 1}"#).unwrap_err();
        assert!(error.0.to_string().contains("\"a\" is there twice"), "{error:?}");
        assert_eq!(find(&["/b"], r#"{"a": 1, "b": 2, "a": 1}"#).unwrap(), [Some("2")]);
        // The same name, in other words.
        assert!(find(&["/a"], r#"{"a": 1, "\u0061": 2}"#).is_err());
    }

    #[test]
    fn a_body_of_any_depth_is_read() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let body = format!("{{\"a\": {deep}, \"b\": {{\"c\": 7}}}}");
        assert_eq!(find(&["/a", "/b/c"], &body).unwrap(), [Some(&*deep), Some("7")]);
        assert_eq!(find(&["/0/0/0"], &deep).unwrap(), [Some(&deep[3..deep.len() - 3])]);
        assert!(find(&["/a"], &body[..body.len() - 1]).is_err());
    }

    #[test]
    fn what_is_no_json_is_malformed_wherever_that_is() {
        for body in ["", "x", "{", r#"{"a": 1, "b": 01}"#, "{\"b\": \"\n\"}", "{} {}", "\u{feff}{}"] {
            assert!(find(&["/a"], body).is_err(), "{body}");
        }
        assert_eq!(find(&["/a"], "7").unwrap(), [None]);
    }

    #[test]
    fn a_pointer_is_what_it_was_made_of() {
        let steps = ["a/b".to_owned(), "~1".to_owned(), String::new()];
        let pointer = Pointer::of_steps(&steps);
        assert_eq!(
            (pointer.to_string().as_str(), &pointer),
            ("/a~1b/~01/", &Pointer::parse("/a~1b/~01/").unwrap())
        );
        for text in ["", "a/b", "/a~", "/~2", "$.a"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }
}
