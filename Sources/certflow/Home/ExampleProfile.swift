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
        Self(path: "publishing/aws-acm.yaml", content: PackageResources.aws_acm_yaml),
        Self(path: "publishing/aws-secrets-manager.yaml", content: PackageResources.aws_secrets_manager_yaml),
        Self(path: "publishing/azure-key-vault.yaml", content: PackageResources.azure_key_vault_yaml),
        Self(path: "publishing/caddy-admin.yaml", content: PackageResources.caddy_admin_yaml),
        Self(path: "publishing/dovecot.yaml", content: PackageResources.dovecot_yaml),
        Self(path: "publishing/etcd.yaml", content: PackageResources.etcd_yaml),
        Self(path: "publishing/f5-big-ip.yaml", content: PackageResources.f5_big_ip_yaml),
        Self(path: "publishing/haproxy-bundle.yaml", content: PackageResources.haproxy_bundle_yaml),
        Self(path: "publishing/haproxy-socket.yaml", content: PackageResources.haproxy_socket_yaml),
        Self(path: "publishing/kubernetes-secret.yaml", content: PackageResources.kubernetes_secret_yaml),
        Self(path: "publishing/netscaler.yaml", content: PackageResources.netscaler_yaml),
        Self(path: "publishing/nginx-dav.yaml", content: PackageResources.nginx_dav_yaml),
        Self(path: "publishing/nginx-files.yaml", content: PackageResources.nginx_files_yaml),
        Self(path: "publishing/palo-alto.yaml", content: PackageResources.palo_alto_yaml),
        Self(path: "publishing/postfix.yaml", content: PackageResources.postfix_yaml),
        Self(path: "publishing/postgresql.yaml", content: PackageResources.postgresql_yaml),
        Self(path: "publishing/proxmox-ve.yaml", content: PackageResources.proxmox_ve_yaml),
        Self(path: "publishing/tomcat.yaml", content: PackageResources.tomcat_yaml),
        Self(path: "publishing/vault-kv.yaml", content: PackageResources.vault_kv_yaml),
    ]
}
