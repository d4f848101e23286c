import COpenSSL

/// What a program says to libcrypto as a whole.
public enum OpenSSLLibrary {
    /// Leaves what libcrypto holds to the system when the program ends. Its own cleaning at exit frees what threads that
    /// end at that moment, such as libcurl's, free as well (OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT).
    ///
    /// Counts where nothing was asked of libcrypto before.
    public static func staysUntilExit() {
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}
