#include "tests/agent/render/models.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace shmx::render {
namespace {

using model::Ticks;
using model::Type;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

class Generator {
 public:
  Generator(std::mt19937_64& random, bool clashing) : random_(random), clashing_(clashing) {}

  model::Snapshot snapshot() {
    model::Snapshot snapshot;
    const std::size_t count = below(7);
    for (std::size_t i = 0; i < count; ++i) {
      add_families(snapshot, i);
    }
    return snapshot;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  template <typename Pool>
  auto pick(const Pool& pool) {
    return pool[below(pool.size())];
  }

  std::string text(std::size_t pieces, bool braces = true) {
    static const std::vector<std::string> kPieces = {"\"",
                                                     "\\",
                                                     "\n",
                                                     "größe",
                                                     "漢字",
                                                     "😀",
                                                     " # ",
                                                     ",",
                                                     "=",
                                                     "\t",
                                                     "\r",
                                                     "a",
                                                     "\\n",
                                                     "# EOF",
                                                     " ",
                                                     "1",
                                                     std::string(200, 'v'),
                                                     "{",
                                                     "}",
                                                     "} 1 # {a=\"b\"} 2"};
    std::string made;
    for (std::size_t i = below(pieces + 1); i > 0; --i) {
      made += kPieces[below(kPieces.size() - (braces ? 0 : 3))];
    }
    return made;
  }

  Ticks ticks() {
    switch (below(4)) {
      case 0:
        return 0;
      case 1:
        return static_cast<Ticks>(below(1000));
      case 2:
        return static_cast<Ticks>(random_());
      default:
        return Ticks{1} << (60 + below(50));
    }
  }

  double number() {
    static constexpr std::array kNumbers = {0.0,
                                            -0.0,
                                            1.0,
                                            -2.5,
                                            0.1,
                                            1e6,
                                            1e-300,
                                            5e15,
                                            1e300,
                                            std::numeric_limits<double>::infinity(),
                                            -std::numeric_limits<double>::infinity(),
                                            std::numeric_limits<double>::quiet_NaN()};
    return chance(2) ? pick(kNumbers)
                     : static_cast<double>(static_cast<std::int64_t>(random_())) /
                           static_cast<double>(1 + below(1'000'000));
  }

  model::FamilyInfo info(const std::string& base) {
    model::FamilyInfo made;
    made.help = text(6);
    made.type = pick(std::array{Type::counter, Type::gauge, Type::histogram, Type::untyped});
    made.unit = pick(std::array{"", "seconds", "bytes"});
    made.name = base + (chance(3) ? "" : pick(std::array{"_seconds", "_bytes", "_xseconds"})) +
                (made.type == Type::counter && !chance(4) ? "_total" : "");
    if (clashing_) {
      made.name = std::string("x").append(
          pick(std::array<std::string, 9>{"", "_total", "_sum", "_count", "_bucket", "_created",
                                          "_created_total", "_sum_bucket", "_info"}));
    }
    return made;
  }

  void shape(model::FamilyInfo& made) {
    made.ticks_per_unit = made.type != Type::gauge && chance(2) ? kNanoseconds : 1;
    if (made.type != Type::histogram) {
      return;
    }
    if (chance(2)) {
      const bool negative = !clashing_ && chance(4);
      made.native = native_buckets(static_cast<std::int32_t>(below(13)) - 4, 0.003, 70.0,
                                   1 + static_cast<std::uint32_t>(below(60)), negative);
    }
    static constexpr std::array kBounds = {-1e6, -2.5, -0.001, 0.0, 1e-5, 0.005, 1.0, 2.5, 1e6};
    for (const double bound : kBounds) {
      if ((!made.native || chance(2)) && chance(2) && (bound >= 0 || (!clashing_ && chance(4)))) {
        made.bounds.push_back(bound);
      }
    }
    if (made.native && chance(2)) {
      made.bounds.clear();
    }
  }

  Labels exemplar_labels() {
    if (chance(3)) {
      return {{"span_id", "0123456789abcdef"}, {"trace_id", std::string(32, 'f')}};
    }
    Labels labels = {{"a", text(2, false)}, {"trace_id", ""}};
    const std::size_t size = 127 + below(3);
    const std::string letter = pick(std::array<std::string, 3>{"x", "ö", "漢"});
    while (code_points(labels) < size) {
      labels.back().value += letter;
    }
    return labels;
  }

  std::vector<model::Exemplar> exemplars(std::size_t at_most) {
    std::vector<model::Exemplar> made;
    for (std::size_t i = below(at_most + 1); i > 0; --i) {
      const double value = chance(3) ? pick(std::array{0.0, 1.0, 2.5, 0.005, -1.0, 1e7})
                                     : std::ldexp(1.0 + static_cast<double>(below(9)),
                                                  static_cast<int>(below(24)) - 16);
      const auto unix_ns = chance(4) ? 0 : static_cast<std::int64_t>(random_() >> 1U);
      made.push_back({exemplar_labels(), value, unix_ns});
    }
    std::stable_sort(made.begin(), made.end(),
                     [](const auto& a, const auto& b) { return a.value < b.value; });
    return made;
  }

  Value histogram(const model::FamilyInfo& info) {
    model::HistogramValue value;
    Ticks observations = 0;
    if (info.native) {
      value.native.resize(info.native->cells());
      for (Ticks& cell : value.native) {
        cell = chance(3) ? Ticks{0} : ticks() >> (chance(8) ? 40 : 60);
        observations += cell;
      }
    }
    if (info.is_classic()) {
      value.buckets.resize(info.bounds.size() + 1);
      if (info.native) {
        value.buckets[below(value.buckets.size())] = observations;
      } else {
        for (Ticks& bucket : value.buckets) {
          bucket = ticks();
        }
      }
    }
    value.sum = !clashing_ && chance(4) ? -ticks() : ticks();
    return value;
  }

  model::Point make_point(const model::FamilyInfo& info, std::size_t number) {
    Labels labels;
    for (const char* name : {"a_label", "b", "job"}) {
      if (!chance(3)) {
        labels.push_back({name, text(5)});
      }
    }
    // Apart from the first, to be distinct, also from those of a family whose name clashes.
    if (number != 0 || clashing_) {
      labels.push_back({"n", info.name + std::to_string(number)});
    }
    std::sort(labels.begin(), labels.end());
    model::Point made = point(std::move(labels), model::GaugeValue{this->number()});
    if (info.type == Type::counter || (info.type == Type::untyped && chance(2))) {
      made.value = model::CounterValue{ticks()};
    } else if (info.type == Type::histogram) {
      made.value = histogram(info);
    }
    if (info.type == Type::counter || info.type == Type::histogram) {
      made.created_unix_ns = chance(4) ? 0 : static_cast<std::int64_t>(random_() >> 1U);
      made.exemplars = exemplars(info.type == Type::counter ? 1 : 6);
    }
    return made;
  }

  void add_families(model::Snapshot& to, std::size_t i) {
    model::FamilyInfo made = info(std::string("f").append(std::to_string(i)));
    const bool known =
        std::any_of(to.families.begin(), to.families.end(),
                    [&](const model::Family& family) { return family.info->name == made.name; });
    std::size_t number = 0;
    for (std::size_t parts = chance(4) ? 3 : 1; parts > 0 && !known; --parts) {
      made.native.reset();
      made.bounds.clear();
      shape(made);
      model::Family family{std::make_shared<model::FamilyInfo>(made), {}};
      for (std::size_t points = below(4); points > 0; --points) {
        family.points.push_back(make_point(made, number++));
      }
      to.families.push_back(std::move(family));
    }
  }

  std::mt19937_64& random_;
  bool clashing_;
};

}  // namespace

model::Point point(Labels labels, Value value) {
  return {std::make_shared<model::Series>(std::move(labels)), std::move(value)};
}

model::Snapshot random_model(std::mt19937_64& random, bool clashing) {
  return Generator(random, clashing).snapshot();
}

std::vector<const model::Family*> pointers(const model::Snapshot& snapshot) {
  std::vector<const model::Family*> families;
  for (const model::Family& family : snapshot.families) {
    families.push_back(&family);
  }
  return families;
}

std::size_t code_points(const Labels& labels) {
  std::size_t count = 0;
  for (const Label& label : labels) {
    for (const char c : label.name + label.value) {
      const auto byte = static_cast<unsigned char>(c);
      count += byte < 0x80 || byte >= 0xC0 ? 1 : 0;
    }
  }
  return count;
}

}  // namespace shmx::render
