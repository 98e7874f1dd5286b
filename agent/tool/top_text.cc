// See top_text.h. The C library knows the widths, in a locale of ours.
#include "agent/tool/top_text.h"

#include <clocale>
#include <cwchar>

namespace shmx::tool::top {
namespace {

constexpr std::string_view kEllipsis = "…";

/// The calling thread reads UTF-8 while it lives.
class Utf8 {
 public:
  Utf8() : before_(uselocale(locale())) {}
  ~Utf8() { uselocale(before_); }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;

 private:
  /// Null where there is no such locale (then all stays as it is); never freed, as it is always
  /// used.
  static locale_t locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return utf8;
  }

  locale_t before_;
};

struct Character {
  std::size_t bytes;
  std::size_t columns;
};

/// The first character of text that is not empty.
Character first_of(std::string_view text) {
  wchar_t character = 0;
  std::mbstate_t state{};
  const std::size_t bytes = std::mbrtowc(&character, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) {  // NUL, invalid or incomplete
    return {1, 1};
  }
  const int columns = wcwidth(character);
  return {bytes, columns < 0 ? 1 : static_cast<std::size_t>(columns)};
}

/// The bytes of the longest beginning that fits in so many columns.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Character next = first_of(text.substr(at));
    if (next.columns > columns) {
      break;
    }
    columns -= next.columns;
    at += next.bytes;
  }
  return at;
}

std::string spaces(std::string_view text, std::size_t columns) {
  const std::size_t taken = width_of(text);
  return std::string(taken < columns ? columns - taken : 0, ' ');
}

}  // namespace

std::size_t width_of(std::string_view text) {
  const Utf8 utf8;
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character next = first_of(text);
    columns += next.columns;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  const Utf8 utf8;
  if (fitting(text, columns) == text.size()) {
    return std::string(text);
  }
  if (columns == 0) {
    return {};
  }
  return std::string(text.substr(0, fitting(text, columns - 1))).append(kEllipsis);
}

std::string cut_beginning(std::string_view text, std::size_t columns) {
  const Utf8 utf8;
  std::size_t width = width_of(text);
  if (width <= columns) {
    return std::string(text);
  }
  if (columns == 0) {
    return {};
  }
  while (width > columns - 1) {
    const Character next = first_of(text);
    width -= next.columns;
    text.remove_prefix(next.bytes);
  }
  return std::string(kEllipsis).append(text);
}

std::string left_aligned(std::string_view text, std::size_t columns) {
  std::string fits = cut(text, columns);
  return fits.append(spaces(fits, columns));
}

std::string right_aligned(std::string_view text, std::size_t columns) {
  const std::string fits = cut(text, columns);
  return spaces(fits, columns) + fits;
}

}  // namespace shmx::tool::top
