/// Arabic letters in the forms that they have beside others, as Unicode's presentation forms have them.
package enum ArabicForms {
    /// The letter alone; behind it follow in Unicode the forms at the end, at the beginning and in the middle of letters that
    /// join on both sides, and that at the end of those that join the letter before alone.
    private static let forms: [UInt32: (alone: UInt32, joinsNext: Bool)] = {
        var forms: [UInt32: (UInt32, Bool)] = [:]
        var code: UInt32 = 0xFE81
        // From alef with madda to yeh; of hamza there is one form.
        for letter: UInt32 in Array(0x622...0x63A) + Array(0x641...0x64A) {
            let joinsNext = ![0x622, 0x623, 0x624, 0x625, 0x627, 0x629, 0x62F, 0x630, 0x631, 0x632, 0x648, 0x649]
                .contains(letter)
            forms[letter] = (code, joinsNext)
            code += joinsNext ? 4 : 2
        }
        return forms
    }()

    /// - Parameter letters: In the order in which they are read.
    package static func joined(_ letters: [Character], isThere: (Character) -> Bool) -> [Character] {
        func form(_ index: Int) -> (alone: UInt32, joinsNext: Bool)? {
            guard letters.indices.contains(index), let scalar = letters[index].unicodeScalars.first else { return nil }
            return forms[scalar.value]
        }
        return letters.indices.map { index in
            guard let own = form(index) else { return letters[index] }
            let isAfter = form(index - 1)?.joinsNext ?? false
            let isBefore = own.joinsNext && form(index + 1) != nil
            let offset: UInt32 = isAfter ? (isBefore ? 3 : 1) : (isBefore ? 2 : 0)
            guard let scalar = Unicode.Scalar(own.alone + offset) else { return letters[index] }
            var text = String.UnicodeScalarView([scalar])
            text.append(contentsOf: letters[index].unicodeScalars.dropFirst())
            let joined = Character(String(text))
            return isThere(joined) ? joined : letters[index]
        }
    }
}
