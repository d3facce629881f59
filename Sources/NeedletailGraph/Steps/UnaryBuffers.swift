/// The buffers of a step that makes one tensor of another.
struct UnaryBuffers {
    let input: BufferID
    let output: BufferID
    let outputGradient: BufferID?
    let inputGradient: GradientTarget?

    init(_ site: LoweringSite) {
        input = site.inputs[0].buffer
        output = site.outputs[0].buffer
        outputGradient = site.outputs[0].gradient
        inputGradient = site.inputs[0].gradient
    }
}
