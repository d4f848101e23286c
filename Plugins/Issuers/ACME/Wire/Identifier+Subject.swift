import Automation

extension Identifier {
    init(_ subject: Subject) {
        switch subject {
        case .dns(let name): self.init(type: "dns", value: name)
        case .ip: self.init(type: "ip", value: subject.description)
        }
    }

    /// Nil where it is neither a DNS name nor an address.
    var subject: Subject? {
        switch (type, Subject(value)) {
        case ("dns", .dns(let name)?): .dns(name)
        case ("ip", .ip(let bytes)?): .ip(bytes)
        default: nil
        }
    }
}
