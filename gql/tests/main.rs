//! The API as its clients meet it.

#[test]
fn sdl_prints() {
    std::fs::write("/tmp/schema.graphql", gql::sdl()).unwrap();
}
