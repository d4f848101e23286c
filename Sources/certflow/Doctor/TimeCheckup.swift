import Automation
import CLinux
import Foundation
import Runner
import Storage

/// Whether the clock can be right, and the zones are known.
struct TimeCheckup {
    /// An event may be a little ahead: another process wrote it, or the clock was slewed.
    private static let tolerance = Span.minutes(2)
    /// Some zones of every part of the world, with an offset in seconds that is known for 2027-07-01.
    private static let probes: [(zone: String, offset: Int64)] = [
        ("Europe/Berlin", 7200), ("America/New_York", -14_400), ("Australia/Lord_Howe", 37_800),
        ("Asia/Kathmandu", 20_700), ("Pacific/Apia", 46_800), ("Africa/Cairo", 10_800),
    ]
    private static let probed = Instant(seconds: 1_814_400_000)

    private let now: Instant
    private let isSynchronised: Int32

    init(now: Instant, isSynchronised: Int32 = shim_clock_is_synchronised()) {
        self.now = now
        self.isSynchronised = isSynchronised
    }

    /// - Parameters:
    ///   - newest: the newest event of the ledger; nil where there is none.
    ///   - planned: the release of the zone data that plans were last made with.
    func findings(newest: Instant?, planned: String?) -> [Finding] { [clock(newest), zones(planned)] }

    private func clock(_ newest: Instant?) -> Finding {
        if let newest, newest > now + Self.tolerance {
            return .problem(
                "clock",
                "It is \(now) by the clock, but the newest event of the ledger is \(Wording.words(newest - now)) ahead: "
                    + "the clock went back.",
                remedy:
                    "Set the clock by a time service before anything is renewed; see `timedatectl` or `chronyc tracking`."
            )
        }
        switch isSynchronised {
        case 1: return .ok("clock", "It is \(now); a time service keeps the clock right.")
        case 0:
            return .warning(
                "clock", "It is \(now), but no time service keeps the clock right.",
                remedy: "Run chrony, systemd-timesyncd or ntpd here, or on the host of this container.")
        default: return .ok("clock", "It is \(now); whether a time service keeps the clock may not be asked here.")
        }
    }

    private func zones(_ planned: String?) -> Finding {
        let wrong = Self.probes.filter { probe in ZoneTable.shared[probe.zone]?.offset(at: Self.probed) != probe.offset
        }
        let version = Zone.dataVersion.isEmpty ? "of an unknown release" : Zone.dataVersion
        guard wrong.isEmpty else {
            return .problem(
                "zones",
                "The zone data (\(version)) does not know, or has wrong: \(wrong.map(\.zone).joined(separator: ", ")).",
                remedy: "Install or update the package tzdata.")
        }
        if let planned, planned != Zone.dataVersion {
            return .warning(
                "zones",
                "The zone data is \(version) now; plans were made with \(planned.isEmpty ? "another" : planned).",
                remedy: "Start the runner anew: it plans everything again with the new data.")
        }
        return .ok("zones", "Zone data \(version); \(ZoneTable.knownIdentifiers.count) zones.")
    }
}
