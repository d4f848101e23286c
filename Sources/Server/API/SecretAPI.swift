import Foundation
import PluginKit

/// Secrets: their names, never their values.
enum SecretAPI {
    static let routes: [Route] = [
        .api(
            .get, "/secrets", .right(.administer),
            APIShape(
                "secrets", "The names of secrets, also those that profiles name and nobody stored.", answers: "Secret",
                isPage: true)
        ) { exchange in
            let secrets = try await exchange.house.desk(exchange.principal, reason: "").secrets()
            return try .json(exchange.page(of: secrets.map { SecretForm($0) }))
        },
        .api(
            .put, "/secrets/{secret}", .right(.administer),
            takes: [APIField("value", .text, required: true, ""), .why],
            APIShape("secrets", "Stores a secret under seal.", status: 204)
        ) { exchange in
            _ = try await exchange.desk().setSecret(
                try exchange.parameter("secret"), Secret(text: exchange.fields["value"] ?? ""),
                vault: exchange.house.outside.vault)
            exchange.house.wake()
            return Reply(.noContent)
        },
        .api(
            .delete, "/secrets/{secret}", .right(.administer),
            APIShape(
                "secrets", "Removes a secret.", query: [APIField("force", .flag, "Also while a profile names it.")],
                status: 204)
        ) { exchange in
            try await exchange.desk().removeSecret(
                try exchange.parameter("secret"), force: try exchange.query.flag("force"))
            return Reply(.noContent)
        },
    ]
}
