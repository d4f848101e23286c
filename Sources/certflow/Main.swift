import ArgumentParser
import UnixSignals
@main struct Certflow: ParsableCommand {}
