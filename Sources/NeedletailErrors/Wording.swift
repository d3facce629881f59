/// A program's words for the settings and verbs that errors and reports refer to.
public struct Wording: Sendable {
    private let settings: [Setting: String]
    private let verbs: [Verb: String]

    /// The names that the library has.
    public static let neutral = Wording()

    public init(settings: [Setting: String] = [:], verbs: [Verb: String] = [:]) {
        self.settings = settings
        self.verbs = verbs
    }

    public func callAsFunction(_ setting: Setting) -> String { settings[setting] ?? setting.rawValue }

    public func callAsFunction(_ verb: Verb) -> String { verbs[verb] ?? verb.rawValue }

    public func callAsFunction(_ piece: Remedy.Piece) -> String {
        switch piece {
        case .text(let text): text
        case .setting(let setting): self(setting)
        case .verb(let verb): self(verb)
        }
    }

    /// An error in these words; one that has no remedy as data as it describes itself.
    public func callAsFunction(_ error: any Error) -> String {
        (error as? any ActionableError)?.text(self.callAsFunction) ?? "\(error)"
    }
}
