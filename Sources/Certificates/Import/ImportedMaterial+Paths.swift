import Automation
import Foundation
import PluginKit

extension ImportedMaterial {
    /// Reads files and directories as an operator names them. The files belong together; each directory is one of
    /// certbot, acme.sh or lego. What can't be read is left out.
    ///
    /// Blocking work, as the two readings that it is made of.
    /// - Parameters:
    ///   - passphrase: for PKCS#12 files.
    ///   - now: what has expired by then is left out.
    public init(reading paths: [String], passphrase: Secret? = nil, at now: Instant) {
        self.init()
        var files: [ImportFile] = []
        for path in paths {
            do throws(CertificateFailure) {
                if Self.isDirectory(path) {
                    merge(try ImportDirectory(reading: path, at: now).material)
                } else {
                    files.append(try ImportFile(reading: path))
                }
            } catch {
                leftOut.append(LeftOut(source: path, reason: error))
            }
        }
        if !files.isEmpty { merge(ImportedMaterial(files: files, passphrase: passphrase, at: now)) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
