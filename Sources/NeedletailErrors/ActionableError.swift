/// An error that a person's input or machine can cause, in parts: what a program may branch on, what it is about, what
/// is wrong and what helps.
public protocol ActionableError: Error, CustomStringConvertible {
    associatedtype Kind

    var kind: Kind { get }
    /// The file, and the record in it: `cells.json: annotations[17] (id 40)`.
    var subject: String { get }
    /// What is wrong, without a full stop.
    var problem: String { get }
    /// What to do about it, in whole sentences; nil where there is nothing to say.
    var remedy: Remedy? { get }

    /// Subject, problem and remedy, with a program's words for settings and verbs.
    func text(_ word: (Remedy.Piece) -> String) -> String
}

extension ActionableError {
    public func text(_ word: (Remedy.Piece) -> String) -> String {
        let subject = subject.isEmpty ? "" : subject.showingControls() + ": "
        guard let remedy else { return "\(subject)\(problem)" }
        return "\(subject)\(problem). \(remedy.text(word))"
    }

    public var description: String { text(Wording.neutral.callAsFunction) }
}
