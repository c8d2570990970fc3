"""How the panel looks: by the front end's own colours, with others where it has none."""

from __future__ import annotations

STYLE = """<style>
.runcomfy-panel{max-width:720px;padding:4px 2px;gap:8px;overflow:visible}
.runcomfy-panel .runcomfy-field{flex-direction:column;align-items:stretch;height:auto;margin:0}
.runcomfy-panel .runcomfy-field>label,.runcomfy-panel .runcomfy-slider label{
width:auto!important;text-align:left;height:auto;font-size:12px;
color:var(--jp-ui-font-color2,inherit);line-height:1.6}
.runcomfy-panel .runcomfy-field select,.runcomfy-panel .runcomfy-field input{flex:0 0 28px}
.runcomfy-panel .runcomfy-field select{appearance:auto;background-image:none}
.runcomfy-panel .runcomfy-field textarea{min-height:84px;box-sizing:border-box;resize:vertical}
.runcomfy-panel .runcomfy-slider{display:grid;grid-template-columns:76px minmax(0,1fr);gap:0 16px;margin:0}
.runcomfy-panel .runcomfy-slider>.widget-text{display:contents}
.runcomfy-panel .runcomfy-slider label{grid-column:1/-1}
.runcomfy-panel .runcomfy-slider input{width:100%;height:28px;grid-row:2}
.runcomfy-panel .runcomfy-slider>.widget-slider{grid-row:2;grid-column:2;
width:auto;height:28px;margin:0 8px 0 0}
.runcomfy-panel .runcomfy-slider .noUi-handle{visibility:hidden}
.runcomfy-panel .runcomfy-slider .noUi-touch-area{visibility:visible;box-sizing:border-box;border-radius:50%;
border:1px solid var(--jp-border-color1,#8c959f);background:var(--jp-layout-color1,#fff);cursor:grab}
.runcomfy-panel .runcomfy-beside{flex:1 1 200px;width:auto;max-width:100%}
.runcomfy-panel .runcomfy-wider{flex:2 1 420px}
.runcomfy-panel .jupyter-button{width:auto;padding:0 16px;margin-left:0}
.runcomfy-panel .jupyter-button:focus-visible,.runcomfy-panel select:focus-visible,
.runcomfy-panel textarea:focus-visible,.runcomfy-panel input:focus-visible,
.runcomfy-row .jupyter-button:focus-visible{
outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}
.runcomfy-panel .runcomfy-says{flex:1 1 240px;margin:0}
.runcomfy-panel .runcomfy-says .widget-html-content{white-space:normal}
.runcomfy-panel .runcomfy-status{font-size:12px;color:var(--jp-ui-font-color2,inherit);line-height:1.5}
.runcomfy-panel .runcomfy-status b{font-weight:400;color:var(--jp-ui-font-color1,inherit);margin-right:10px}
.runcomfy-panel .rc-care{display:block;border-left:3px solid #bf8700;padding-left:8px}
.runcomfy-panel .runcomfy-lines textarea{min-height:52px}
.runcomfy-panel .runcomfy-form{margin:0;gap:8px;overflow:visible}
.runcomfy-panel .rc-wrong{display:inline-block;border-left:3px solid #d1383d;padding-left:8px}
.runcomfy-panel .runcomfy-status pre{white-space:pre-wrap}
.runcomfy-panel .runcomfy-row{width:auto;align-items:center;gap:4px 14px}
.runcomfy-panel .runcomfy-row>.widget-html{flex:1 1 auto;min-width:0}
.runcomfy-panel .runcomfy-row .runcomfy-cancel{top:20px;left:10px;right:auto;padding:0 10px}
.runcomfy-panel .runcomfy-job{border-top:1px solid var(--jp-border-color2,rgba(128,128,128,.35));
padding:10px 0;margin:0;overflow:hidden}
.runcomfy-panel .runcomfy-job .jp-RenderedHTMLCommon{padding:0}
.runcomfy-panel .runcomfy-job .jp-RenderedHTMLCommon>div{border-width:0 0 0 3px!important;
border-radius:0!important;padding-block:0!important}
.runcomfy-place{overflow:visible}
.runcomfy-place:empty{display:none}
</style>"""
