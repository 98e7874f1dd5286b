// See roff.h and, for the text's lines, page.h.
#include "agent/manual/roff.h"

#include <utility>

namespace shmx::manual {
namespace {

constexpr std::string_view kLiteral = "    ";

/// Puts the text's lines together: what kind the line before was says what has to come between.
class Sections {
 public:
  void add(std::string_view line) {
    const bool is_literal = line.starts_with(kLiteral);
    if (in_example_ && !is_literal) {
      out_ += ".EE\n";
      in_example_ = false;
    }
    if (line.empty()) {
      begins_paragraph_ = true;
    } else if (line.starts_with("# ")) {
      out_.append(".SH ").append(escaped(line.substr(2))).append("\n");
      begins_paragraph_ = false;
    } else if (line.starts_with("= ")) {
      out_.append(".TP\n.B ").append(escaped(line.substr(2))).append("\n");
      begins_paragraph_ = false;
    } else if (is_literal) {
      add_example(line.substr(kLiteral.size()));
    } else {
      add_words(line);
    }
  }

  std::string text() && {
    add("");
    return std::move(out_);
  }

 private:
  void add_example(std::string_view line) {
    if (!in_example_) {
      out_ += ".PP\n.EX\n";
      in_example_ = true;
    }
    out_.append(literal_line(line)).append("\n");
  }

  void add_words(std::string_view line) {
    if (begins_paragraph_) {
      out_ += ".PP\n";
      begins_paragraph_ = false;
    }
    out_.append(escaped(line)).append("\n");
  }

  std::string out_;
  bool begins_paragraph_ = false;
  bool in_example_ = false;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out = literal_line(text);
  for (char& c : out) {
    c = c == '\n' ? ' ' : c;
  }
  return out;
}

std::string literal_line(std::string_view line) {
  std::string out;
  // At the beginning of a line these two begin a request.
  if (line.starts_with('.') || line.starts_with('\'')) {
    out += "\\&";
  }
  for (const char c : line) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";  // Else it may be shown as a typographic hyphen, which no shell takes.
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string sections(std::string_view text) {
  Sections sections;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    sections.add(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(sections).text();
}

}  // namespace shmx::manual
