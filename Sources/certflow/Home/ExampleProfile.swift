/// The profiles of the repository's `profiles/`, carried in the program: `init` copies them.
struct ExampleProfile {
    /// Below a home's `profiles/`.
    let path: String
    let content: [UInt8]

    static let all = [
        Self(path: "issuing/local-authority.yaml", content: PackageResources.local_authority_yaml),
        Self(path: "publishing/apache-files.yaml", content: PackageResources.apache_files_yaml),
        Self(path: "publishing/dovecot.yaml", content: PackageResources.dovecot_yaml),
        Self(path: "publishing/haproxy-bundle.yaml", content: PackageResources.haproxy_bundle_yaml),
        Self(path: "publishing/nginx-files.yaml", content: PackageResources.nginx_files_yaml),
        Self(path: "publishing/postfix.yaml", content: PackageResources.postfix_yaml),
    ]
}
