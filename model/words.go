package model

import (
	"errors"
	"fmt"
	"strings"
)

// SplitWords splits text into words as a POSIX shell does before it expands anything: blanks and line ends separate
// words, quotes and backslashes quote. Nothing is expanded, because no shell ever reads this text; $ and * stand for
// themselves. With an error it returns the words so far and the unfinished one, as while a user is still typing.
func SplitWords(text string) ([]string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var words []string
	var word strings.Builder
	open := false // a word has begun; it may be empty
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
			continue
		case '\'', '"':
			length := unquote(&word, c, text[i+1:])
			if length < 0 {
				return append(words, word.String()), fmt.Errorf("a quote (%c) is not closed", c)
			}
			i += length
		case '\\':
			i++
			if i == len(text) {
				return append(words, word.String()), errors.New(`a backslash (\) at the end has nothing to quote`)
			}
			if text[i] == '\n' { // the line continues on the next one
				continue
			}
			word.WriteByte(text[i])
		default:
			word.WriteByte(c)
		}
		open = true
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// unquote writes the text before the closing quote to word. It returns the number of bytes consumed, including the
// quote. It returns -1 if the quote isn't closed. Inside double quotes, a backslash quotes only the characters that are
// special to a shell there; inside single quotes it quotes nothing.
func unquote(word *strings.Builder, quote byte, text string) int {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return i + 1
		case c == '\\' && quote == '"':
			if i++; i == len(text) {
				return -1
			}
			next := text[i]
			switch next {
			case '$', '`', '"', '\\':
				word.WriteByte(next)
			case '\n':
			default:
				word.WriteByte(c)
				word.WriteByte(next)
			}
		default:
			word.WriteByte(c)
		}
	}
	return -1
}

// JoinWords joins words so that SplitWords and a shell read the same words back.
func JoinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = QuoteWord(w)
	}
	return strings.Join(quoted, " ")
}

// QuoteWord quotes s so that SplitWords and a shell read it back as one word.
func QuoteWord(s string) string {
	switch {
	case s != "" && strings.Trim(s, bareCharacters) == "":
		return s
	case !strings.ContainsAny(s, "$`\"\\!"):
		return `"` + s + `"`
	default:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
}

// bareCharacters have no special meaning in any shell, so a word made of them needs no quotes.
const bareCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
