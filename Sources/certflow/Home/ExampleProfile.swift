/// The profiles of the repository's `profiles/`, carried in the program: `init` copies them.
struct ExampleProfile {
    /// Below a home's `profiles/`.
    let path: String
    let content: [UInt8]
}
