import Automation
import Certificates
import Curl
import Foundation
import PluginKit

@testable import ACME

extension ScriptedAuthority {
    func post(_ path: String, _ message: ReadMessage) throws -> HTTPResponse {
        switch path {
        case "/account": return account(message)
        case "/key": return try changeKey(message)
        case "/revoke":
            revoked.append(message.form["reason"] as? Int ?? 0)
            return HTTPResponse(status: 200)
        case "/order": return newOrder(message)
        default: break
        }
        let parts = path.split(separator: "/").map(String.init)
        guard let kid = message.kid, parts.count >= 2 else { return Self.problem(404, "malformed", "no such page") }
        if statuses[kid] == "deactivated" { return Self.problem(403, "unauthorized", "deactivated") }
        switch parts[0] {
        case "accounts": return update(path, message)
        case "orders": return parts.count == 3 ? try finalize(parts[1], message) : order(parts[1])
        case "authz": return authorization(parts[1])
        case "chall": return challenge(parts[1])
        case "cert": return certificate(parts)
        default: return Self.problem(404, "malformed", "no such page")
        }
    }

    // MARK: Accounts

    private func account(_ message: ReadMessage) -> HTTPResponse {
        let form = message.form
        guard let key = message.key, message.kid == nil else { return Self.problem(400, "malformed", "no jwk") }
        if let (url, _) = accounts.first(where: { $0.value == key }) {
            return Self.json(["status": statuses[url] ?? "valid"], 200, [HTTPHeader("Location", url)])
        }
        if form["onlyReturnExisting"] as? Bool == true {
            return Self.problem(400, "accountDoesNotExist", "no account of that key")
        }
        if let binding = form["externalAccountBinding"] as? [String: String] {
            externalKeyIDs.append(Self.header(binding)["kid"] as? String ?? "")
        } else if meta["externalAccountRequired"] as? Bool == true {
            return Self.problem(403, "externalAccountRequired", "who are you")
        }
        if meta["termsOfService"] != nil, form["termsOfServiceAgreed"] as? Bool != true {
            return Self.problem(403, "userActionRequired", "agree first")
        }
        let url = Self.base + "/accounts/\(next())"
        accounts[url] = key
        contacts[url] = form["contact"] as? [String] ?? []
        return Self.json(["status": "valid"], 201, [HTTPHeader("Location", url)])
    }

    private static func header(_ message: [String: String]) -> [String: Any] {
        let bytes = message["protected"].flatMap(Base64URL.decode) ?? Data()
        return (try? JSONSerialization.jsonObject(with: bytes)) as? [String: Any] ?? [:]
    }

    private func update(_ path: String, _ message: ReadMessage) -> HTTPResponse {
        let url = Self.base + path
        if let contact = message.form["contact"] as? [String] { contacts[url] = contact }
        if message.form["status"] as? String == "deactivated" { statuses[url] = "deactivated" }
        return Self.json(["status": statuses[url] ?? "valid", "contact": contacts[url] ?? []])
    }

    private func changeKey(_ message: ReadMessage) throws -> HTTPResponse {
        let inner = try ReadMessage(message.payload, keys: [:])
        guard let kid = message.kid, inner.form["account"] as? String == kid, inner.nonce == nil,
            inner.form["oldKey"] as? [String: String] == accounts[kid], inner.url == message.url
        else { return Self.problem(400, "malformed", "not that key") }
        accounts[kid] = inner.key
        return Self.json(["status": "valid"])
    }

    // MARK: Orders

    private func newOrder(_ message: ReadMessage) -> HTTPResponse {
        guard let kid = message.kid else { return Self.problem(400, "malformed", "no kid") }
        if statuses[kid] == "deactivated" { return Self.problem(403, "unauthorized", "deactivated") }
        let identifiers = (message.form["identifiers"] as? [[String: String]] ?? []).map {
            Identifier(type: $0["type"] ?? "", value: $0["value"] ?? "")
        }
        if let replaces = message.form["replaces"] as? String,
            orders.values.contains(where: { $0.replaces == replaces })
        {
            return Self.problem(409, "alreadyReplaced", "replaced already")
        }
        let id = "\(next())"
        let urls = identifiers.reversed().map { identifier in
            let url = "\(next())"
            let isWildcard = identifier.value.hasPrefix("*.")
            authorizations[url] = Authorization(
                identifier: Identifier(
                    type: identifier.type, value: isWildcard ? String(identifier.value.dropFirst(2)) : identifier.value),
                isWildcard: isWildcard, status: proved.contains(identifier.value) ? "valid" : "pending",
                token: "token-\(url)_abcdefghijklmnop")
            return url
        }
        orders[id] = Order(
            identifiers: identifiers, authorizations: urls, account: kid, profile: message.form["profile"] as? String,
            replaces: message.form["replaces"] as? String)
        refresh(id)
        return shown(id, 201, [HTTPHeader("Location", Self.base + "/orders/\(id)")])
    }

    private func refresh(_ id: String) {
        guard let order = orders[id], order.status == "pending" else { return }
        let all = order.authorizations.compactMap { authorizations[$0]?.status }
        if all.allSatisfy({ $0 == "valid" }) { orders[id]?.status = "ready" }
        if all.contains("invalid") { orders[id]?.status = "invalid" }
    }

    func shown(_ id: String, _ status: Int = 200, _ headers: [HTTPHeader] = []) -> HTTPResponse {
        guard let order = orders[id] else { return Self.problem(404, "malformed", "no such order") }
        var form: [String: Any] = [
            "status": order.status, "identifiers": order.identifiers.map { ["type": $0.type, "value": $0.value] },
            "authorizations": order.authorizations.map { Self.base + "/authz/\($0)" },
            "finalize": Self.base + "/orders/\(id)/finalize", "expires": "2027-01-08T00:00:00Z",
        ]
        if let certificate = order.certificate, order.status == "valid" {
            form["certificate"] = Self.base + "/cert/\(certificate)"
        }
        if let error = order.error { form["error"] = error }
        return Self.json(form, status, headers)
    }

    private func order(_ id: String) -> HTTPResponse {
        refresh(id)
        if orders[id]?.status == "processing" {
            orders[id]?.polls += 1
            if (orders[id]?.polls ?? 0) >= processing { orders[id]?.status = "valid" }
        }
        return shown(id)
    }

    private func authorization(_ id: String) -> HTTPResponse {
        guard let found = authorizations[id] else { return Self.problem(404, "malformed", "no such authorization") }
        let challenges = ["http-01", "dns-01", "tls-alpn-01"].map { type -> [String: Any] in
            var form: [String: Any] = [
                "type": type, "url": Self.base + "/chall/\(id)", "token": found.token, "status": found.status,
            ]
            if let error = found.error { form["error"] = error }
            return form
        }
        var form: [String: Any] = [
            "status": found.status, "identifier": ["type": found.identifier.type, "value": found.identifier.value],
            "challenges": challenges,
        ]
        if found.isWildcard { form["wildcard"] = true }
        return Self.json(form)
    }

    private func challenge(_ id: String) -> HTTPResponse {
        guard let found = authorizations[id] else { return Self.problem(404, "malformed", "no such challenge") }
        let name = found.isWildcard ? "*." + found.identifier.value : found.identifier.value
        let keys = accounts.values.map { "\(found.token).\(ReadMessage.thumbprint($0))" }
        if let error = invalid[name] {
            authorizations[id]?.status = "invalid"
            authorizations[id]?.error = error
        } else if let answer = solver.answer(found.token), keys.contains(answer) {
            authorizations[id]?.status = "valid"
            proved.insert(name)
        } else {
            authorizations[id]?.status = "invalid"
            authorizations[id]?.error = ["type": Problem.prefix + "connection", "detail": "nothing there"]
        }
        return Self.json(["type": "http-01", "status": "processing", "url": Self.base + "/chall/\(id)"])
    }

    // MARK: Certificates

    private func finalize(_ id: String, _ message: ReadMessage) throws -> HTTPResponse {
        refresh(id)
        guard let order = orders[id], order.status == "ready" else {
            return Self.problem(403, "orderNotReady", "not ready")
        }
        guard let request = (message.form["csr"] as? String).flatMap(Base64URL.decode) else {
            return Self.problem(400, "badCSR", "no request")
        }
        let certificate = "\(next())"
        certificates[certificate] = try signing.chains(
            for: request, now: Instant(clock.now) + Span(seconds: certificateShift))
        orders[id]?.certificate = certificate
        orders[id]?.status = processing == 0 ? "valid" : "processing"
        issuedCount += 1
        return shown(id)
    }

    private func certificate(_ parts: [String]) -> HTTPResponse {
        let index = parts.count > 2 ? Int(parts[2]) ?? 0 : 0
        guard let chains = certificates[parts[1]], chains.indices.contains(index) else {
            return Self.problem(404, "malformed", "no such certificate")
        }
        let links = chains.indices.filter { $0 != index }.map {
            HTTPHeader("Link", "<\(Self.base)/cert/\(parts[1])/\($0)>;rel=\"alternate\"")
        }
        return HTTPResponse(status: 200, headers: links, body: Data(chains[index].utf8))
    }
}
