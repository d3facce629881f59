import NeedletailGraph
import NeedletailKernels
import Testing

/// Graphs as values: what is refused, how they are printed, typed and cut.
@Suite struct GraphTests {
    private func map(_ height: Int, _ width: Int, _ channels: Int) -> [TensorType] {
        [TensorType(TensorShape(batch: 1, height: height, width: width, channels: channels))]
    }

    private func input(_ name: String) -> Graph.Node {
        Graph.Node(name: name, operation: Input(dimensions: [nil, nil, nil, 3]), inputs: [])
    }

    private func addition(_ name: String, _ first: Int, _ second: Int) -> Graph.Node {
        Graph.Node(
            name: name, operation: Addition(), inputs: [Graph.Port(node: first), Graph.Port(node: second)])
    }

    @Test func nodesMayComeInAnyOrder() throws {
        let graph = try Graph(
            nodes: [addition("twice", 1, 2), addition("once", 2, 2), input("image")],
            outputs: [Graph.Output(name: "sum", port: Graph.Port(node: 0))])
        #expect(
            graph.description == """
                image = input [?, ?, ?, 3]
                once = add(image, image)
                twice = add(once, image)
                -> sum = twice
                """)
    }

    @Test func aValueThatDependsOnItselfIsNamed() {
        let error = #expect(throws: GraphError.self) {
            try Graph(nodes: [input("image"), addition("a", 0, 2), addition("b", 1, 0)], outputs: [])
        }
        #expect(error?.kind == .cycle)
        #expect(error?.description == "a: its value depends on itself")
    }

    @Test func doubtfulNamesAndPlacesAreNamed() {
        let twice = #expect(throws: GraphError.self) { try Graph(nodes: [input("x"), input("x")], outputs: []) }
        #expect(twice?.description == "x: two nodes have this name")
        let missing = #expect(throws: GraphError.self) {
            try Graph(nodes: [input("x"), addition("sum", 0, 7)], outputs: [])
        }
        #expect(missing?.node == "sum" && missing?.kind == .name)
        let output = #expect(throws: GraphError.self) {
            try Graph(nodes: [input("x")], outputs: [Graph.Output(name: "y", port: Graph.Port(node: 1))])
        }
        #expect(output?.node == "y" && output?.kind == .name)
    }

    /// A head that is applied to several maps has the name of its parameters, and a number.
    @Test func repeatedLayersAreNumbered() {
        let store = ParameterStore()
        let head = Convolution(
            store.root["head"]["score"], inputChannels: 3, outputChannels: 2, kernel: 1, hasBias: true,
            initializedBy: .constant(0))
        let graph = Graph { builder in
            let image = builder.input("image", channels: 3)
            builder.output("fine", head(image).relu())
            builder.output("coarse", head(image.maxPooled(2, stride: 2)))
        }
        #expect(
            graph.description == """
                image = input [?, ?, ?, 3]
                head.score = convolution(image) 2 kernel=1
                head.score.relu = activation(head.score) relu
                image.max-pool = max-pool(image) 2 stride=2
                head.score#2 = convolution(image.max-pool) 2 kernel=1
                -> fine = head.score.relu
                -> coarse = head.score#2
                """)
        #expect(graph.parameters.map(\.name) == ["head.score.weight", "head.score.bias"])
        #expect(graph.node(named: "head.score#2") == 4 && graph.output(named: "coarse") == 1)
    }

    /// Recorded twice from the same layers a graph is the same; with a layer of its own it is not.
    @Test func graphsCompare() {
        func layer() -> Linear {
            Linear(ParameterStore().root["fc"], inputs: 3, outputs: 2, initializedBy: .constant(0))
        }
        let shared = layer()
        func graph(_ layer: Linear) -> Graph { Graph(output: "y") { layer($0.globalAveragePooled()) } }
        #expect(graph(shared) == graph(shared))
        #expect(graph(shared) != graph(layer()))
        #expect(graph(shared) != Graph(output: "z") { shared($0.globalAveragePooled()) })
    }

    @Test func whatDoesNotFitNamesTheNode() {
        let store = ParameterStore()
        let first = Convolution(
            store.root["first"], inputChannels: 3, outputChannels: 8, kernel: 3, hasBias: false,
            initializedBy: .constant(0))
        let second = Convolution(
            store.root["second"], inputChannels: 16, outputChannels: 4, kernel: 3, hasBias: false,
            initializedBy: .constant(0))
        let chain = Graph(output: "y") { second(first($0)) }
        let channels = #expect(throws: GraphError.self) { try chain.types(inputs: map(9, 9, 3)) }
        #expect(channels?.node == "second" && channels?.kind == .shape)
        #expect(channels?.problem == "it takes 16 channels, not the 8 of [1, 9, 9, 8]")
        let image = #expect(throws: GraphError.self) { try chain.types(inputs: map(9, 9, 4)) }
        #expect(image?.node == "image")
        let sum = Graph(output: "y") { $0 + $0.maxPooled(2, stride: 2) }
        let addition = #expect(throws: GraphError.self) { try sum.types(inputs: map(8, 8, 3)) }
        #expect(addition?.problem == "values of shapes [1, 8, 8, 3] and [1, 4, 4, 3] cannot be added")
    }

    /// A map of 2 pixels has no room for a window of 3.
    @Test func aWindowLargerThanItsPaddedInputLeavesNothing() throws {
        let pool = Graph(output: "y") { $0.maxPooled(3, stride: 2) }
        let error = #expect(throws: GraphError.self) { try pool.types(inputs: map(2, 5, 3)) }
        #expect(error?.kind == .tooSmall && error?.node == "image.max-pool")
        #expect(
            try pool.outputTypes(inputs: map(3, 5, 3))[0].shape
                == TensorShape(batch: 1, height: 1, width: 2, channels: 3))
        let padded = Graph(output: "y") { $0.maxPooled(3, stride: 2, padding: 1) }
        #expect(try padded.outputTypes(inputs: map(2, 2, 3))[0].shape.height == 1)
    }

    @Test func paddingBeyondHalfOfAPoolIsRefused() {
        let graph = Graph(output: "y") { $0.maxPooled(2, stride: 2, padding: 2) }
        let error = #expect(throws: GraphError.self) { try graph.types(inputs: map(8, 8, 3)) }
        #expect(error?.node == "image.max-pool" && error?.kind == .shape)
    }

    /// The two parts are the whole: below the first trained parameter, and above.
    @Test func cutsWhereTrainingBegins() throws {
        let store = ParameterStore()
        func layer(_ name: String) -> Convolution {
            Convolution(
                store.root[name], inputChannels: 3, outputChannels: 3, kernel: 3, hasBias: false,
                initializedBy: .constant(0))
        }
        let stem = layer("stem"), body = layer("body"), head = layer("head")
        let graph = Graph(output: "y") { image in
            let low = stem(image).relu()
            return head(body(low)) + low
        }
        let cut = try #require(graph.cut(below: [head.weight]))
        #expect(
            cut.frozen.description == """
                image = input [?, ?, ?, 3]
                stem = convolution(image) 3 kernel=3 padding=1
                stem.relu = activation(stem) relu
                body = convolution(stem.relu) 3 kernel=3 padding=1
                -> stem.relu = stem.relu
                -> body = body
                """)
        #expect(
            cut.trained.description == """
                stem.relu = input [...]
                body = input [...]
                head = convolution(body) 3 kernel=3 padding=1
                head.add = add(head, stem.relu)
                -> y = head.add
                """)
        // All is trained, or nothing: there is nothing to keep.
        #expect(graph.cut(below: [stem.weight]) == nil)
        #expect(graph.cut(below: []) == nil)
    }
}
