import Storage

extension LedgerReading {
    /// The release of the zone data that plans were last made with; nil before the first run.
    public func zoneDataOfPlans() async throws -> String? { try await meta(Keeping.Meta.zoneData) }
}
