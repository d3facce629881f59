import CKernels
import Testing

/// Serialized, because the selected variant is one for the whole process.
@Suite(.serialized)
struct CKernelsTests {
    /// The variants that this processor has.
    static let variants: [String] = ["avx512", "avx2", "portable"].filter { needletail_kernels_select($0) == 0 }

    @Test func selectionReportsWhatItCannotHonour() throws {
        #expect(needletail_kernels_select("portable") == 0)
        #expect(needletail_kernels_select("abacus") == 1)
        #expect(String(cString: needletail_kernels_selected()) == "portable")
        #if !arch(x86_64)
            #expect(needletail_kernels_select("avx512") == 2)
        #endif
        for variant in Self.variants {
            #expect(needletail_kernels_select(variant) == 0)
            #expect(String(cString: needletail_kernels_selected()) == variant)
        }
    }

    @Test func algorithmFollowsTheShape() {
        func choice(_ example: ConvolutionCase, _ pass: needletail_pass = needletail_forward) -> needletail_algorithm {
            withUnsafePointer(to: example.shape) { needletail_convolution_choose($0, pass) }
        }
        for pass in [needletail_forward, needletail_data_gradient, needletail_weight_gradient] {
            #expect(choice(ConvolutionCase(100, 136, in: 256, out: 256), pass) == needletail_winograd_4)
            #expect(choice(ConvolutionCase(14, 14, in: 256, out: 256), pass) == needletail_winograd_2)
            #expect(choice(ConvolutionCase(1, 1, in: 256, out: 256), pass) == needletail_direct)
            #expect(choice(ConvolutionCase(56, 56, in: 64, out: 64, stride: 2), pass) == needletail_direct)
            #expect(choice(ConvolutionCase(56, 56, in: 32, out: 32, groups: 32), pass) == needletail_depthwise)
        }
    }
}
