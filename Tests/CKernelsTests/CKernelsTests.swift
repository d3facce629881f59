import CKernels
import Testing

/// Kernels for one kind of processor, by name.
struct Variant: CustomTestStringConvertible, @unchecked Sendable {
    // The pointer is to a constant of the library.
    let kernels: OpaquePointer
    let testDescription: String

    /// Nil when this processor lacks it.
    init?(_ name: String) {
        var found: OpaquePointer?
        guard needletail_find_variant(name, &found) == 0, let found else { return nil }
        kernels = found
        testDescription = name
    }
}

@Suite struct CKernelsTests {
    /// The variants that this processor has.
    static let variants = ["avx512", "avx2", "neon", "portable"].compactMap(Variant.init)

    @Test func variantsAreFoundByName() throws {
        var found: OpaquePointer?
        #expect(needletail_find_variant("abacus", &found) == 1 && found == nil)
        #if !arch(x86_64)
            #expect(needletail_find_variant("avx512", &found) == 2 && found == nil)
        #else
            #expect(needletail_find_variant("neon", &found) == 2 && found == nil)
        #endif
        #expect(needletail_find_variant("portable", &found) == 0)
        for variant in Self.variants {
            #expect(String(cString: needletail_variant_name(variant.kernels)) == variant.testDescription)
        }
        #expect(Self.variants.contains { $0.kernels == needletail_default_variant() })
    }

    @Test func algorithmFollowsTheShape() {
        func choice(_ example: ConvolutionCase, _ pass: needletail_pass = needletail_forward) -> needletail_algorithm {
            withUnsafePointer(to: example.shape()) { needletail_convolution_choose($0, pass) }
        }
        for pass in [needletail_forward, needletail_data_gradient, needletail_weight_gradient] {
            #expect(choice(ConvolutionCase(100, 136, in: 256, out: 256), pass) == needletail_winograd_4)
            #expect(choice(ConvolutionCase(14, 14, in: 256, out: 256), pass) == needletail_winograd_2)
            #expect(choice(ConvolutionCase(1, 1, in: 256, out: 256), pass) == needletail_direct)
            #expect(
                choice(ConvolutionCase(8, 8, in: 64, out: 16, kernel: 1, padding: 0), pass)
                    == (pass == needletail_weight_gradient ? needletail_in_place : needletail_direct))
            #expect(choice(ConvolutionCase(8, 8, in: 16, out: 64, kernel: 1, padding: 0), pass) == needletail_direct)
            #expect(choice(ConvolutionCase(56, 56, in: 64, out: 64, stride: 2), pass) == needletail_direct)
            #expect(choice(ConvolutionCase(56, 56, in: 32, out: 32, groups: 32), pass) == needletail_depthwise)
            let isBackward = pass == needletail_data_gradient
            #expect(
                choice(ConvolutionCase(28, 28, in: 1, out: 64, kernel: 5), pass)
                    == (isBackward ? needletail_col2im : needletail_direct))
            #expect(choice(ConvolutionCase(56, 56, in: 15, out: 64), pass) == needletail_direct)
        }
    }
}
