import CKernels

/// The SIMD kernels in use.
public enum KernelVariant {
    /// `avx512`, `avx2`, `neon` or `portable`: the best that the processor has, unless the environment variable
    /// `NEEDLETAIL_KERNELS` names another.
    public static var name: String { String(cString: needletail_variant_name(needletail_default_variant())) }

    /// Checks what the environment variable asks for.
    ///
    /// - Throws: ``KernelVariantError`` when there is no such variant or the processor lacks it.
    public static func checkEnvironment() throws(KernelVariantError) {
        var found: OpaquePointer?
        switch needletail_find_variant(nil, &found) {
        case 0:
            return
        case 1:
            throw KernelVariantError(
                description:
                    "NEEDLETAIL_KERNELS names no kernels that exist: use avx512, avx2, neon or portable, or unset it.")
        default:
            throw KernelVariantError(
                description: "NEEDLETAIL_KERNELS names kernels that this processor cannot run. Unset it to use "
                    + "\(name), the best ones that it can.")
        }
    }
}

/// An environment variable that asks for kernels which cannot be had.
public struct KernelVariantError: Error, CustomStringConvertible {
    public let description: String
}
