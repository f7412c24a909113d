"""The house author's phrases, as data.

Belongs here: sentences with gaps. Does not belong here: which of them is used, and what fills the gaps
(`house`). A phrase is only used where every gap can be filled, so a phrase states the facts it needs by
naming them. `[a|b]` is a choice of words; a gap with a capital (`{Name}`) begins a sentence.

The rules of the house: spoken English, short sentences, past tense for prices. "After", never "because".
Nothing about tomorrow but what is true by definition. No advice. Every longer sentence carries a figure, a
date or a name of this video, or two videos would share it.
"""

PHRASES: dict[str, tuple[str, ...]] = {
    # --- the hook: the strongest fact ---
    "hook.drawdown.down": (
        "{High} {on_high_day}. {Last} {on_day}. Between those two prices, {name} lost {dd}.",
        (
            "Take {high}, the best {close} {name} had in a year. Now take away {dd}. What you have left, {on_day}, "
            "is {last}."
        ),
        "It is a long way down from {high} to {last}. {On_day}, {name} had fallen all of it: {dd}.",
        "Down {dd}. Not in one {bar}, but from the top: {name} stood at {high} {on_high_day}, and at {last} {on_day}.",
        "Start with the high: {high}, {on_high_day}. Then look at {name} {on_day}. {Last}. That is {dd} lower.",
        "There were two sides to that year of {name}. {High}, {on_high_day}. And {last}, {on_day}, {dd} lower.",
    ),
    "hook.extreme.down": (
        "The last time {name} stood this low was {on_since}. {On_day}, it was back: {last}.",
        "You have to go back to {since} to find {name} at {last} or less. Then came {day}.",
        "{Last}. It is {day}, and {name} has not [shown|had] a {close} that low since {since}.",
        "How low is {last}? For {name}, {on_day}, it was the lowest {close} since {since}.",
        "Turn the calendar back to {since}. That is how far you go to see {name} where it was {on_day}: {last}.",
    ),
    "hook.extreme.down.record": (
        "{Last}. In prices that go back to {record_start}, {name} has never had a lower {close}.",
        "Every {close} of {name} since {record_start}, side by side, and the lowest is {on_day}: {last}.",
    ),
    "hook.extreme.up": (
        "The last time {name} stood this high was {on_since}. {On_day}, it was back: {last}.",
        "{Last}, {on_day}. You have to go back to {since} for a {close} of {name} that high.",
        "Look at {name} {on_day}: {last}, its highest {close} since {since}.",
        "How high is {last}? For {name}, {on_day}, it was the best {close} since {since}.",
    ),
    "hook.extreme.up.record": (
        "{Last}. In prices that go back to {record_start}, {name} has never had a higher {close}.",
        "Every {close} of {name} since {record_start}, side by side, and the highest is {on_day}: {last}.",
    ),
    "hook.move.up": (
        "Up {pct} in one {bar}. The name is {name}, the date is {day}.",
        "One {bar}, {pct}, and the name on the screen was {name}. {Day}.",
        "A usual {bar} moves {name} by {typical}. {On_day}, it moved {pct}. Upwards.",
    ),
    "hook.move.up.since": (
        "Up {pct} in one {bar}. {On_day}, {name} had its best one since {since}.",
        "The best {bar} for {name} since {since}: up {pct}, {on_day}.",
        "A usual {bar} moves {name} by {typical}. {On_day}, it rose {pct}, the most since {since}.",
    ),
    "hook.move.up.record": (
        "Up {pct} in one {bar}. In prices that go back to {record_start}, {name} has never had a better one.",
        "The biggest rise in any {bar} of {name} since {record_start}: {pct}, {on_day}.",
    ),
    "hook.move.down": (
        "Down {pct} in one {bar}. The name is {name}, the date is {day}.",
        "One {bar}, {pct} less, and the name on the screen was {name}. {Day}.",
        "A usual {bar} moves {name} by {typical}. {On_day}, it moved {pct}. Downwards.",
    ),
    "hook.move.down.since": (
        "Down {pct} in one {bar}. {On_day}, {name} had its worst one since {since}.",
        "The worst {bar} for {name} since {since}: down {pct}, {on_day}.",
        "A usual {bar} moves {name} by {typical}. {On_day}, it fell {pct}, the most since {since}.",
    ),
    "hook.move.down.record": (
        "Down {pct} in one {bar}. In prices that go back to {record_start}, {name} has never had a worse one.",
        "The biggest fall in any {bar} of {name} since {record_start}: {pct}, {on_day}.",
    ),
    "hook.move.flat": (
        "{Last} {prev_when}. {Last} {on_day}. For all the talk, {name} had not moved.",
        "Nothing. That is what {name} gained or lost {on_day}, at {last}.",
    ),
    "hook.streak.down": (
        (
            "One loss is noise. {Streak} in a row is a line on a chart, and {name} has drawn it, from {streak_start} "
            "to {last}."
        ),
        "{Streak} {bars} in a row, {name} closed lower. The latest was {day}, at {last}.",
        "{Name} has lost {streak_pct} in {streak} {bars}, and not one of the {streak} went the other way.",
    ),
    "hook.streak.up": (
        "{Streak} {bars} in a row, {name} closed higher. The latest was {day}, at {last}.",
        "{Name} has gained {streak_pct} in {streak} {bars}, and not one of the {streak} went the other way.",
    ),
    "hook.rebound.up": (
        "{Low} {on_low_day}. {Last} {on_day}. {Name} is {above} off its floor.",
        "From the bottom, {name} has come back {above}: {low} {on_low_day}, {last} {on_day}.",
    ),
    "hook.year.down": (
        "One year of {name}: {year_start} at one end, {last} at the other. {Year_pct} less.",
        "{On_year_day}, {name} stood at {year_start}. {On_day}, {last}. That year took {year_pct}.",
    ),
    "hook.year.up": (
        "One year of {name}: {year_start} at one end, {last} at the other. {Year_pct} more.",
        "{On_year_day}, {name} stood at {year_start}. {On_day}, {last}. That year added {year_pct}.",
    ),
    "hook.index.ahead": (
        "{Bench} {bench_did} {index_pct}. {Name}, over the same stretch, {own_did} {own}.",
        "Put {name} beside {bench}: {own_signed} against {index_signed}, {index_when}.",
    ),
    "hook.index.behind": (
        "{Bench} {bench_did} {index_pct}. {Name}, over the same stretch, {own_did} {own}.",
        "Put {name} beside {bench}: {own_signed} against {index_signed}, {index_when}.",
    ),
    # --- the post ---
    "post.quote": (
        "{Author} put it like this: {quote}",
        "{quote} That is {author}, {on_post_day}.",
        "Enter {author}, {on_post_day}: {quote}",
        "{Author} [watched|looked at] {name}, and wrote: {quote}",
        "The post that [travelled|went around] came from {author}: {quote}",
        "{On_post_day}, {author} had this to say: {quote}",
        "Then {author} typed: {quote}",
        "What did people pass around about {name}? {quote} The words are {author}'s.",
        "{Author} had {name} on the screen and something to say: {quote}",
    ),
    "post.plain": (
        "{Author} posted about {name} {on_post_day}.",
        "The post about {name} is {author}'s, from {post_day}.",
    ),
    "reach": (
        "It was seen {views} times.",
        "{Views} views, says the counter.",
        "{Likes} people [pressed like|gave it a like].",
        "{Reposts} accounts passed it on.",
        "{Replies} people answered {author}.",
        "It collected {likes} likes.",
    ),
    "followers": (
        "{Author} writes for {followers} followers.",
        "{Followers} accounts follow {author}.",
    ),
    # --- what the price did ---
    "move.day.up": (
        "On the tape, {before} {prev_when} became {exact}: up {pct}.",
        "{It} closed {pct} higher {on_short_day}, at {exact} after {before}.",
        "The close was {exact}. {Prev_when}, it had been {before}, so {it} gained {pct}.",
        "From {before} to {exact} in one session: a gain of {pct}.",
        "The day's result for {it} is {exact}, up {pct} from {before}.",
    ),
    "move.day.down": (
        "On the tape, {before} {prev_when} became {exact}: down {pct}.",
        "{It} closed {pct} lower {on_short_day}, at {exact} after {before}.",
        "The close was {exact}. {Prev_when}, it had been {before}, so {it} lost {pct}.",
        "From {before} to {exact} in one session: a loss of {pct}.",
        "The day's result for {it} is {exact}, down {pct} from {before}.",
    ),
    "move.month.up": (
        "{In_period}, {it} went from {before} to {exact}, a gain of {pct}.",
        "{Before} {prev_when}, {exact} {on_short_day}: for {it}, the month was worth {pct}.",
        "{It} added {change} {in_period} and ended at {exact}, up {pct}.",
        "The month began at {before} and stood at {exact} {on_short_day}: {pct} more for {it}.",
    ),
    "move.month.down": (
        "{In_period}, {it} went from {before} to {exact}, a loss of {pct}.",
        "{Before} {prev_when}, {exact} {on_short_day}: for {it}, the month cost {pct}.",
        "{It} gave up {change} {in_period} and ended at {exact}, down {pct}.",
        "The month began at {before} and stood at {exact} {on_short_day}: {pct} less for {it}.",
        "{Pct} went {in_period}. {It} had {before} to start with, and {exact} to show for it.",
    ),
    "move.day.flat": ("{It} closed at {exact} {on_short_day}, exactly where it stood {prev_when}.",),
    "move.month.flat": ("{It} stood at {exact} {on_short_day}, exactly where it was {prev_when}.",),
    "move.told": (
        "In prices, that is {before} {prev_when} and {exact} at the new close.",
        "That took {it} from {before} to {exact}.",
        "The difference comes to {change}: {before} {prev_when}, {exact} {on_short_day}.",
        "{Before} {prev_when} had become {exact}.",
    ),
    "swing": (
        "And that close hides a ride: {name} touched {hi} and it touched {lo} in one session.",
        "Inside that session the screen showed both {lo} and {hi}.",
        "Between a low of {lo} and a high of {hi}, the day had room for everybody.",
        "A closing price looks calm. {Lo} and {hi}, the ends of that day, do not.",
    ),
    "swing.since": (
        "Inside that session lay {lo} and {hi}, the widest day for {name} since {swing_since}.",
        "The day ran between {lo} and {hi}. It had not been that wide since {swing_since}.",
    ),
    "typical.loud": (
        "For scale: an ordinary {bar} moves {name} by {typical}.",
        "An ordinary {bar} here is worth {typical}, in one direction or the other.",
        "The usual {bar} of the past year? {Typical}.",
        "Set that beside {typical}, the usual {bar} of {name} in the past year.",
    ),
    "typical.quiet": (
        "By the standards of {name} that is small: {typical} is the usual {bar}.",
        "For {name} this counts as quiet. Its usual {bar} is {typical}.",
        "The usual {bar} of the past year is {typical}, so this was one of the small ones.",
    ),
    "typical.plain": (
        "And that is no outlier: {typical} is an ordinary {bar} for {name}.",
        "The middle of the past year's {bars} is {typical}, so this one does not stand out.",
        "With {name} you get used to it: {typical} is an ordinary {bar}.",
    ),
    "volume": (
        "{Volume} shares changed hands. An ordinary session of the past year saw {median_volume}.",
        "It was busy, too: {volume} shares of {name}, against {median_volume} in the usual session.",
        "Count the trades as well: {volume} shares, where {median_volume} is usual.",
    ),
    "streak.down": (
        "For {name} it was the {nth} loss in a row.",
        "That makes {streak} {bars} in a row with a lower close, {streak_pct} in all.",
        "{Streak} losses in a row have now cost {name} {streak_pct}.",
    ),
    "streak.up": (
        "For {name} it was the {nth} gain in a row.",
        "That makes {streak} {bars} in a row with a higher close, {streak_pct} in all.",
        "{Streak} gains in a row have now brought {name} {streak_pct}.",
    ),
    # --- context: range, volatility, the year ---
    "context.between": (
        "Step back a year: the {closes} run from {low} up to {high}, and {it} sits {dd} under the top.",
        "The year's {closes} go from {low} to {high}, and {it} at {last} is near {nearer}.",
        "The year in two prices: {high} {on_high_day}, {low} {on_low_day}, and {it} {above} above the second.",
        "In the frame of a year, {it} is {above} above its lowest {close} and {dd} below its highest.",
    ),
    "context.low": (
        "Step back a year, and no {close} of {it} is lower. The top was {high}, {on_high_day}.",
        "The year's {closes} peak at {high}, {on_high_day}, and bottom out {on_short_day}.",
        "Over the past year {it} has closed as high as {high}. Now it is {dd} down, and no {close} is lower.",
        "Every {close} of the past year was higher, and the best of them was {high}, {on_high_day}.",
        "The range of the year: {high} at the top, {on_high_day}, and {short_day} at the bottom.",
        "The summit of the year was {high}, {on_high_day}. From there it is {dd} down, and nothing is lower.",
    ),
    "context.high": (
        "Step back a year, and no {close} of {it} is higher. The lowest was {low}, {on_low_day}.",
        "Every {close} of the past year was lower, and {it} has come up {above} from the worst, {low} {on_low_day}.",
        "The range of the year: {low} at the bottom, {on_low_day}, and {short_day} at the top.",
    ),
    "volatility": (
        "How rough is the ride? Volatility of {vol} a year.",
        "Volatility, the measure of its swings: {vol} a year.",
        "Annualised, the swings of {it} come to {vol}.",
        "Its volatility is {vol} a year.",
        "Volatility: {vol} a year.",
        "{It} swings with a volatility of {vol} a year.",
    ),
    "volatility.index": (
        "How rough is the ride? Volatility of {vol} a year, against {index_vol} for {bench}.",
        "Its volatility is {vol} a year, next to {index_vol} for {bench}.",
        "Volatility, the measure of its swings: {vol} a year, where {bench} has {index_vol}.",
        "{It} swings with a volatility of {vol} a year, {bench} with {index_vol}.",
        "Yearly volatility of {it}: {vol}. Of {bench}: {index_vol}.",
        "Volatility: {vol} a year, to {index_vol} for {bench}.",
    ),
    "year.down": (
        "{On_year_day} it stood at {year_start}, so the year as a whole cost {year_pct}.",
        "Over the whole year {name} is down {year_pct}.",
        "A year before, the price was {year_start}. It has lost {year_pct} since.",
    ),
    "year.up": (
        "{On_year_day} it stood at {year_start}, so the year as a whole still added {year_pct}.",
        "Over the whole year {name} is up {year_pct}.",
        "A year before, the price was {year_start}. It has gained {year_pct} since.",
    ),
    "adjusted": (
        "Prices of {name} are adjusted for splits and dividends.",
        "All with splits and dividends of {name} counted in.",
    ),
    "worst": (
        "The worst stretch of that year, from a peak to the trough after it, cost {name} {worst}.",
        "{Name} has known worse within the year: {worst}, from one peak down to the trough that followed.",
        "At its deepest in that time, {name} was {worst} under the peak before.",
    ),
    "record": (
        "All of this rests on prices of {name} that begin in {record_start}.",
        "The prices of {name} behind these figures go back to {record_start}.",
    ),
    # --- comparison with the index ---
    "compare.worse": (
        "Was it everybody? {Bench} lost {index_pct} {index_when}, and {name} {own}.",
        "{Bench} had its own trouble {index_when}, down {index_pct}, and {name} fell further, {own}.",
        "The market offers little comfort to {name}: {bench} lost less, {index_pct}, {index_when}.",
        "Next to it, {bench}: down {index_pct} {index_when}, where {name} is down {own}.",
        "{Index_when}, {bench} dropped {index_pct}, and still {name} found a way to do worse.",
        "{Bench} lost {index_pct} {index_when}; {name} managed to lose {own}.",
    ),
    "compare.better": (
        "Compare that with {bench}: {index_pct} lost {index_when}, where {name} got away with {own}.",
        "{Bench} fell {index_pct} {index_when}, and by that measure {name} held up.",
        "The market did worse than {name}: {bench} dropped {index_pct} {index_when}.",
        "A loss of {own} looks different beside {bench}, which lost {index_pct} {index_when}.",
    ),
    "compare.against.up": (
        "And the market? {Bench} lost {index_pct} {index_when}, while {name} gained {own}.",
        "{Index_when}, {bench} fell {index_pct}, and {name} did not follow the crowd.",
    ),
    "compare.against.down": (
        "And the market? {Bench} gained {index_pct} {index_when}, while {name} lost {own}.",
        "{Index_when}, {bench} rose {index_pct} and {name} fell {own}: not the same road.",
    ),
    "compare.ahead": (
        "{Bench} rose too, {index_pct} {index_when}, and {name} rose more, {own}.",
        "The market helped itself to {index_pct} {index_when}, and {name} took {own}.",
    ),
    "compare.behind": (
        "{Bench} rose {index_pct} {index_when}, where {name} managed {own}.",
        "The market did better: {bench} gained {index_pct} {index_when}, {name} {own}.",
    ),
    "compare.step": (
        "And {bench}? It {bench_did} {index_pct} {index_when}, where {name} {own_did} {own}. Step for step.",
        "Hold {name} against {bench} and there is hardly any daylight: {own} and {index_pct}, both {both_way}.",
    ),
    "compare.flat": (
        "{Bench} hardly moved {index_when}, by {index_pct}, while {name} {own_did} {own}.",
        "The market gave no direction: {index_pct} for {bench} {index_when}, and {own} for {name}.",
    ),
    "compare.heights": (
        "Measured from their highs of the year, {bench} is {index_dd} down and {name} {dd}.",
        "Take the year instead, and {bench} is {index_dd} below its high, {name} {dd}.",
    ),
    "compare.earlier.down": (
        "{Index_when}, {bench} {bench_did} {index_pct} and {name} {own_did} {own}, and has lost {after} from there.",
        (
            "Was it everybody? {Bench} {bench_did} {index_pct} {index_when}; {name} {own_did} {own}, and has lost "
            "{after} since."
        ),
        (
            "{Bench} {bench_did} {index_pct} {index_when}, its last full month; {name} {own_did} {own}, and is down "
            "{after} from there."
        ),
        (
            "{Bench} {bench_did} {index_pct} {index_when}; {name} {own_did} {own} in the same month, and another "
            "{after} since."
        ),
    ),
    "compare.earlier.up": (
        "{Index_when}, {bench} {bench_did} {index_pct} and {name} {own_did} {own}, and has gained {after} from there.",
        (
            "{Bench} {bench_did} {index_pct} {index_when}, its last full month; {name} {own_did} {own}, and is up "
            "{after} from there."
        ),
    ),
    "index.year.up": (
        "Take a longer view, and {bench} gained {index_year} {index_year_when}.",
        "{Index_year_when}, {bench} came out {index_year} ahead.",
    ),
    "index.year.down": (
        "Take a longer view, and {bench} lost {index_year} {index_year_when}.",
        "{Index_year_when}, {bench} gave back {index_year}.",
    ),
    "index.range": (
        "At its best {close_of_index} of the year {bench} stood at {index_high}, at its worst at {index_low}.",
        "Between {index_low} and {index_high}: that is the year of {bench}, from its lowest to its highest close.",
    ),
    "other": (
        "And {other}? It {other_did} {other_pct} {other_when}.",
        "{Other} {other_did} {other_pct} {other_when}, for a second opinion.",
        "For a third name on the board, {other} {other_did} {other_pct} {other_when}.",
    ),
    # --- what to watch: true by definition, never a forecast ---
    "watch.between": (
        "Watch {low}. {It} is {above} above it, and any {close} below would be the lowest of the year.",
        "Worth watching: {low}, the lowest {close} of the year, with {it} now {above} above it.",
        "Two marks for the chart of {it}: {low}, the lowest {close} of the year, and {prev}, {began}.",
        "Keep {low} in view. No {close} of the year was lower, and {it} stands {above} above it.",
        "Any {close} under {low} would be the lowest of the year, and {it} is {above} above that.",
    ),
    "watch.low": (
        "What to watch is simple: {last} is the lowest {close} of the year for {it}, until the next lower one.",
        "Watch {prev}: as long as {it} is below it, the loss of the {bar} is not made good.",
        "Two marks for the chart of {it}: {last}, the lowest {close} of the year, and {prev}, {began}.",
        "Watch the floor. {Last} is the lowest {close} of the year until {it} shows a lower one.",
        "One question has a figure in it: does {last} stay the lowest {close} of the year for {it}?",
        "Two lines to watch in {it}: {prev}, {began}, and {last}, the lowest {close} of the year.",
    ),
    "watch.high": (
        "Watch {last}: it is the highest {close} of the year for {it}, until there is a higher one.",
        "Two marks for the chart of {it}: {last}, the highest {close} of the year, and {prev}, {began}.",
        "One question has a figure in it: does {last} stay the highest {close} of the year for {it}?",
    ),
    "watch.loud": (
        "And watch the size of the next move. {Typical} would be ordinary. Another {pct} would not.",
        "See whether the {bars} grow calmer: {typical} is usual for {it}, {pct} is not.",
        "Look for the steps of {it} to shrink. From {pct} back to {typical} would be normal weather.",
    ),
    "watch.streak": (
        "The count stands at {streak} in a row, and the next {close} of {it} adds one or ends it.",
        "Keep counting, too: {streak} in a row, and the next {close} of {it} settles whether it goes on.",
    ),
    "watch.high_far": (
        "The old high of {it} is a landmark, not a promise: {high}.",
        "Remember the peak as well, {high} {on_high_day}. It says where {it} was, not where it goes.",
    ),
    # --- the close ---
    "end": (
        "{It}, {last}: that is the number to remember.",
        "That is {it} {on_short_day}. One post, one price: {last}.",
        "{Author} found the words. The price found the figure: {last}.",
        "From here, every {close} of {it} is measured against {last}.",
        "The post is {author}'s opinion, and {last} is a fact.",
        "Opinions on {it} differ. {Last}, {on_short_day}, does not.",
        "Whatever you think of {it}, the chart of {short_day} ends at {last}.",
        "A post fades. {Last}, {on_day}, stays on the chart of {it}.",
        "{Author} moved on to the next post. {It} still has to start from {last}.",
        "So much for {short_day}. {It} starts the next {bar} from {last}.",
    ),
    # --- titles and the poster ---
    "title.drawdown.down": ("{Name} at {exact}: {dd} below its high", "{Name} at {exact}, after losing {dd}"),
    "title.extreme.down": ("{Name} at {exact}, the lowest since {since}", "{Name}: as low as in {since_year}"),
    "title.extreme.up": ("{Name} at {exact}, the highest since {since}", "{Name}: back where it was in {since_year}"),
    "title.extreme.down.record": ("{Name} at {exact}: its lowest {close} on record here",),
    "title.extreme.up.record": ("{Name} at {exact}: its highest {close} on record here",),
    "title.move.up": ("{Name} up {pct} in one {bar}", "{Name}: {before} to {exact} in one {bar}"),
    "title.move.down": ("{Name} down {pct} in one {bar}", "{Name}: {before} to {exact} in one {bar}"),
    "title.move.flat": ("{Name} stands still at {exact}",),
    "title.streak.down": ("{Name}: {streak} losses in a row",),
    "title.streak.up": ("{Name}: {streak} gains in a row",),
    "title.rebound.up": ("{Name} is {above} off its low",),
    "title.year.down": ("A year of {name}: down {year_pct}",),
    "title.year.up": ("A year of {name}: up {year_pct}",),
    "title.index.ahead": ("{Name} against {bench}: {own_signed} to {index_signed}",),
    "title.index.behind": ("{Name} against {bench}: {own_signed} to {index_signed}",),
    "headline.drawdown.down": ("{Bare}: {dd} below its high", "{Bare}: {dd} gone"),
    "headline.extreme.down": ("{Bare}: lowest since {since_year}",),
    "headline.extreme.up": ("{Bare}: highest since {since_year}",),
    "headline.extreme.down.record": ("{Bare}: lowest on record",),
    "headline.extreme.up.record": ("{Bare}: highest on record",),
    "headline.move.up": ("{Bare}: up {pct} in a {bar}",),
    "headline.move.down": ("{Bare}: down {pct} in a {bar}",),
    "headline.move.flat": ("{Bare}: no move",),
    "headline.streak.down": ("{Bare}: {streak} losses in a row",),
    "headline.streak.up": ("{Bare}: {streak} gains in a row",),
    "headline.rebound.up": ("{Bare}: {above} off the low",),
    "headline.year.down": ("{Bare}: {year_pct} down in a year",),
    "headline.year.up": ("{Bare}: {year_pct} up in a year",),
    "headline.index.ahead": ("{Bare} ahead of the index",),
    "headline.index.behind": ("{Bare} behind the index",),
}

CONCEPTS: dict[str, tuple[str, ...]] = {
    # What is drawn while a phrase is spoken, the best first; a picture is used once in a video.
    "hook.drawdown.down": ("mountains", "crash", "falling_price", "rollercoaster"),
    "hook.extreme.down": ("calendar", "crash", "storm", "falling_price"),
    "hook.extreme.up": ("mountains", "bull", "rising_price"),
    "hook.move.up": ("rebound", "rising_price", "bull", "fire"),
    "hook.move.down": ("crash", "storm", "falling_price", "fire"),
    "hook.move.flat": ("calm", "balance", "clock"),
    "hook.streak.down": ("storm", "crash", "falling_price"),
    "hook.streak.up": ("bull", "rising_price", "mountains"),
    "hook.rebound.up": ("rebound", "rising_price", "bull"),
    "hook.year.down": ("calendar", "falling_price", "storm"),
    "hook.year.up": ("calendar", "rising_price", "bull"),
    "hook.index.ahead": ("race", "bull", "rising_price"),
    "hook.index.behind": ("race", "bear", "falling_price"),
    "post": ("megaphone", "crowd", "newspaper"),
    "move.up": ("rising_price", "coins", "rebound", "clock"),
    "move.down": ("falling_price", "coins", "bear", "clock"),
    "move.flat": ("calm", "coins", "clock"),
    "swing": ("rollercoaster",),
    "typical": ("magnifier", "balance"),
    "volume": ("crowd", "coins"),
    "streak.down": ("bear", "storm"),
    "streak.up": ("bull", "mountains"),
    "context": ("mountains", "telescope", "calendar", "bridge"),
    "year": ("calendar", "clock"),
    "volatility": ("rollercoaster", "ship", "storm"),
    "comparison": ("race", "balance", "skyline", "bank"),
    "watch": ("compass", "lighthouse", "crossroads", "target"),
    "close": ("question", "door", "umbrella", "newspaper"),
    "": (
        "magnifier", "skyline", "clock", "coins", "bank", "target", "telescope", "compass", "crossroads",
        "newspaper", "lighthouse", "door", "question", "bridge", "ship", "umbrella", "balance", "calendar",
    ),
}  # fmt: skip
