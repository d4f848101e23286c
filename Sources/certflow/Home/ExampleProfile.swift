/// The profiles of the repository's `profiles/`, carried in the program: `init` copies them.
struct ExampleProfile {
    /// Below a home's `profiles/`.
    let path: String
    let content: [UInt8]

    static let all = [
        Self(path: "issuing/google-trust-services.yaml", content: PackageResources.google_trust_services_yaml),
        Self(path: "issuing/lets-encrypt.yaml", content: PackageResources.lets_encrypt_yaml),
        Self(path: "issuing/lets-encrypt-short-lived.yaml", content: PackageResources.lets_encrypt_short_lived_yaml),
        Self(path: "issuing/local-authority.yaml", content: PackageResources.local_authority_yaml),
        Self(path: "issuing/step-ca.yaml", content: PackageResources.step_ca_yaml),
        Self(path: "issuing/zerossl.yaml", content: PackageResources.zerossl_yaml),
        Self(path: "publishing/acme-challenges.yaml", content: PackageResources.acme_challenges_yaml),
        Self(path: "publishing/apache-files.yaml", content: PackageResources.apache_files_yaml),
        Self(path: "publishing/dovecot.yaml", content: PackageResources.dovecot_yaml),
        Self(path: "publishing/haproxy-bundle.yaml", content: PackageResources.haproxy_bundle_yaml),
        Self(path: "publishing/nginx-files.yaml", content: PackageResources.nginx_files_yaml),
        Self(path: "publishing/postfix.yaml", content: PackageResources.postfix_yaml),
    ]
}
